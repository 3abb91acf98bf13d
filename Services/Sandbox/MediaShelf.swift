// Files that the business has uploaded: kept in memory under an opaque id, bounded, forgotten with the process
// or after 30 days, as Meta forgets them. And the one form in which they arrive, multipart/form-data.

package import World

/// One uploaded file.
package struct MediaFile: Sendable, Equatable {
    package var id: String
    package var mimeType: String
    package var filename: String
    package var bytes: [UInt8]
    package var uploadedAt: Timestamp
}

/// At most so many files and bytes; the oldest goes first.
struct MediaShelf: Sendable {
    static let filesMax = 2_000
    static let bytesMax = 64 * 1024 * 1024
    /// Of an id that an upload gave. (Ids inside webhooks live 7 days; the sandbox sends none.)
    static let life: Duration = .seconds(30 * 86_400)

    private var files = Ring<MediaFile>(entriesMax: filesMax, bytesMax: bytesMax)
    private var gone: Set<String> = []

    mutating func put(_ file: MediaFile) { files.append(file, weighing: file.bytes.count) }

    func file(_ id: String, now: Timestamp) -> MediaFile? {
        guard !gone.contains(id), let file = files.all.last(where: { $0.id == id }),
            now.since(file.uploadedAt) < Self.life
        else { return nil }
        return file
    }

    /// True when there was such a file.
    mutating func remove(_ id: String, now: Timestamp) -> Bool {
        guard file(id, now: now) != nil else { return false }
        // Bounded by the files: an id that the ring forgot needs no mark.
        gone = gone.filter { known in files.all.contains { $0.id == known } }
        gone.insert(id)
        return true
    }
}

/// multipart/form-data (RFC 7578) as uploads use it: small fields and one file, all in memory.
struct MultipartForm: Sendable {
    struct Part: Sendable, Equatable {
        var name: String
        var filename: String?
        var contentType: String?
        var bytes: [UInt8]
    }
    static let partsMax = 16

    let parts: [Part]

    subscript(name: String) -> Part? { parts.first { $0.name == name } }

    /// Nil for anything that is not well formed.
    init?(_ body: [UInt8], contentType: String?) {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count)
        else { return nil }
        let mark = Array("--\(boundary)".utf8), blank = Array("\r\n\r\n".utf8)
        guard body.starts(with: mark) else { return nil }
        var parts: [Part] = [], at = mark.count
        while true {
            let rest = body[at...]
            if rest.starts(with: Array("--".utf8)) { break }
            guard rest.starts(with: [13, 10]), parts.count < Self.partsMax,
                let headEnd = Self.find(blank, in: body, from: at),
                let end = Self.find([13, 10] + mark, in: body, from: headEnd + blank.count),
                let part = Self.part(head: body[(at + 2)..<headEnd], bytes: body[(headEnd + 4)..<end])
            else { return nil }
            parts.append(part)
            at = end + 2 + mark.count
        }
        self.parts = parts
    }

    private static func part(head: ArraySlice<UInt8>, bytes: ArraySlice<UInt8>) -> Part? {
        guard let text = String(validating: head, as: UTF8.self) else { return nil }
        var disposition = "", type: String?
        // "\r\n" is one Character.
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let name = line[..<colon].lowercased()
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            if name == "content-disposition" { disposition = value }
            if name == "content-type" { type = value }
        }
        guard let name = parameter("name", of: disposition) else { return nil }
        return Part(
            name: name, filename: parameter("filename", of: disposition), contentType: type,
            bytes: Array(bytes))
    }

    /// A parameter of a header value, with or without quotes.
    static func parameter(_ name: String, of value: String) -> String? {
        for piece in value.split(separator: ";").dropFirst() {
            let pair = piece.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].lowercased() == name else { continue }
            return String(pair[1].filter { $0 != "\"" })
        }
        return nil
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first else { return nil }
        var at = start
        while at + needle.count <= bytes.count {
            if bytes[at] == first, bytes[at..<(at + needle.count)].elementsEqual(needle) { return at }
            at += 1
        }
        return nil
    }
}
