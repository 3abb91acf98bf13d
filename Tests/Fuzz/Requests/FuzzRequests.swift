// Fuzzes the server's side of HTTP: heads, chunks, pipelining and limits. Promised: no trap, the same
// requests and the same refusal however the bytes are cut, and a request that was accepted can be written
// and read again.
import FuzzSupport
import HTTPWire

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequests(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let whole = Reading([input.bytes])
    promise(whole == Reading(input.pieces), "the cuts do not matter")
    for request in whole.requests { checkWritten(request) }
    return 0
}

/// What a server makes of the pieces of one connection.
private struct Reading: Equatable {
    var heads: [String] = []
    var requests: [HTTPRequest] = []
    var refusal: HTTPRefusal?

    init(_ pieces: [[UInt8]]) {
        // Small limits, so that short inputs reach them.
        var limits = HTTPLimits(bodyBytesMax: 300)
        limits.startLineBytesMax = 128
        limits.headBytesMax = 512
        limits.headerCountMax = 8
        limits.chunkExtensionBytesMax = 24
        limits.trailerBytesMax = 48
        var parser = RequestParser(limits: limits)
        do throws(HTTPRefusal) {
            for piece in pieces {
                parser.receive(piece.span)
                while let event = try parser.next() { note(event, limits) }
            }
        } catch {
            refusal = error
        }
    }

    private mutating func note(_ event: RequestParser.Event, _ limits: HTTPLimits) {
        switch event {
        case .head(let head):
            promise(heads.count == requests.count, "heads and requests take turns")
            heads.append("\(head.keepAlive) \(head.expectsContinue) \(head.contentLength ?? -1)")
        case .request(let request):
            requests.append(request)
            promise(heads.count == requests.count, "a request follows its head")
            promise(request.body.count <= limits.bodyBytesMax, "bodies are bounded")
            promise(request.headers.count <= limits.headerCountMax, "fields are bounded")
            promise(request.path.utf8.allSatisfy { $0 >= 32 && $0 != 127 }, "paths hold no control octet")
        }
    }

    static func == (one: Reading, other: Reading) -> Bool {
        one.heads == other.heads && one.refusal == other.refusal
            && one.requests.elementsEqual(other.requests, by: same)
    }
}

private func same(_ one: HTTPRequest, _ other: HTTPRequest) -> Bool {
    one.method == other.method && one.target == other.target && one.path == other.path
        && one.headers == other.headers && one.body == other.body
}

/// What is written from an accepted request is one request again, with the same method, path and body.
private func checkWritten(_ request: HTTPRequest) {
    var bytes: [UInt8] = []
    guard
        (try? serializeRequest(
            method: request.method, target: request.target, host: "till.example", headers: [:],
            body: request.body, into: &bytes)) != nil
    else { return }
    var parser = RequestParser()
    parser.receive(bytes.span)
    var read: [HTTPRequest] = []
    do throws(HTTPRefusal) {
        while let event = try parser.next() {
            if case .request(let request) = event { read.append(request) }
        }
    } catch {
        // An absolute target names a host of its own, which is not the one written here.
        promise(!request.target.hasPrefix("/"), "what we write can be read: \(error)")
        return
    }
    promise(read.count == 1 && parser.isIdle, "one request is written as one request")
    promise(read.first?.path == request.path && read.first?.body == request.body, "and as the same one")
}
