// The client against servers that behave, die, stall and lie on a real socket: above all, whether a failure
// tells the truth about what left this process.
import EventLoop
import HTTPClient
import HTTPWire
import Testing

@Suite struct `A client` {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    /// Answers every request on the connection with `answer`.
    private static func answering(_ answer: String) -> @Sendable (RawPeer, Int) async throws -> Void {
        { peer, _ in
            while try await peer.read(until: "\r\n\r\n").hasSuffix("\r\n\r\n") { try await peer.send(answer) }
        }
    }

    private static func failure(
        _ client: HTTPClient, _ request: ClientRequest, timeout: Duration = .seconds(5)
    ) async -> HTTPClientFailure? {
        do {
            _ = try await client.send(request, timeout: timeout)
            return nil
        } catch { return error }
    }

    @Test func `uses a connection again, and asks for what it was told to`() async throws {
        let connections = Tally()
        try await withScript { peer, number in
            await connections.add()
            for target in ["/base/x?y=1", "/base"] {
                let request = try await peer.read(until: "\r\n\r\n")
                #expect(request.hasPrefix("GET \(target) HTTP/1.1\r\nhost: 127.0.0.1:"))
                try await peer.send(Self.ok)
            }
        } _: { url in
            try await withClient { client in
                let first = try await client.send(
                    ClientRequest(url: url, target: "/x?y=1"), timeout: patience)
                #expect(first.status == 200 && first.body == Array("ok".utf8))
                _ = try await client.send(ClientRequest(url: url), timeout: patience)
                #expect(await connections.value == 1)
            }
        }
    }

    @Test func `replaces an idle connection that the server closed, without a word`() async throws {
        try await withScript { peer, _ in
            _ = try await peer.read(until: "\r\n\r\n")
            try await peer.send(Self.ok)
        } _: { url in
            try await withClient { client in
                for _ in 0..<3 {
                    let answer = try await client.send(ClientRequest(url: url), timeout: patience)
                    #expect(answer.status == 200)
                    try await loop.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    @Test func `opens no more connections to a server than it may, and serves who waits in turn`()
        async throws
    {
        let tally = Tally()
        try await withScript { peer, _ in
            await tally.add()
            while try await peer.read(until: "\r\n\r\n").hasSuffix("\r\n\r\n") {
                await tally.enter()
                try await loop.sleep(for: .milliseconds(10))
                await tally.leave()
                try await peer.send(Self.ok)
            }
        } _: { url in
            try await withClient(connectionsPerHostMax: 3) { client in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<30 {
                        group.addTask {
                            try await client.send(ClientRequest(url: url), timeout: patience).status
                        }
                    }
                    for try await status in group { #expect(status == 200) }
                }
                #expect(await tally.value == 3)
                #expect(await tally.peak == 3)
            }
        }
    }

    @Test func `says not sent when nobody listens, the name is unknown or the client is closed`() async throws
    {
        try await withClient { client in
            let free = try await loop.run {
                guard let any = SocketAddress(numeric: "127.0.0.1", port: 0) else {
                    throw SystemFailure.badAddress
                }
                let listener = try Listener(on: any, loop: loop)
                defer { listener.close() }
                return listener.port
            }
            for text in [
                "http://127.0.0.1:\(free)/", "http://localhost:\(free)/", "http://no.such.host.invalid/",
            ] {
                let failure = await Self.failure(client, ClientRequest(url: try #require(HTTPURL(text))))
                #expect(failure?.word == "not_sent" && failure?.mayBeRepeated == true, "\(text)")
            }
            await client.close()
            let url = try #require(HTTPURL("http://127.0.0.1:\(free)/"))
            #expect(await Self.failure(client, ClientRequest(url: url)) == .notSent("the client is closed"))
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"])
    func `says answer lost when the server closes before its answer is whole`(part: String) async throws {
        try await withScript { peer, _ in
            _ = try await peer.read(until: "\r\n\r\n")
            try await peer.send(part)
        } _: { url in
            try await withClient { client in
                let failure = await Self.failure(client, ClientRequest(url: url))
                #expect(failure?.word == "answer_lost" && failure?.mayBeRepeated == false)
            }
        }
    }

    @Test func `says whether bytes had left when its time is over`() async throws {
        try await withScript { peer, _ in
            _ = try await peer.readToEnd()
        } _: { url in
            try await withClient(connectionsPerHostMax: 1) { client in
                async let sent = Self.failure(client, ClientRequest(url: url), timeout: .seconds(3))
                try await loop.sleep(for: .milliseconds(50))
                let waiting = await Self.failure(client, ClientRequest(url: url), timeout: .milliseconds(100))
                #expect(waiting == .timedOut(sent: false))
                #expect(await sent == .timedOut(sent: true))
            }
        }
    }

    @Test func `frees a place for the next request after one that failed`() async throws {
        try await withScript { peer, number in
            _ = try await peer.read(until: "\r\n\r\n")
            if number > 1 { try await peer.send(Self.ok) }
        } _: { url in
            try await withClient(connectionsPerHostMax: 1) { client in
                async let first = Self.failure(client, ClientRequest(url: url))
                async let second = client.send(ClientRequest(url: url), timeout: patience)
                let failed = await first
                #expect(failed != nil)
                let answer = try await second
                #expect(answer.status == 200)
            }
        }
    }

    @Test func `refuses an answer that is no strict HTTP, or longer than it takes`() async throws {
        try await withScript(Self.answering("HTTP/1.1 200 OK\nContent-Length: 0\n\n")) { url in
            try await withClient { client in
                let failure = await Self.failure(client, ClientRequest(url: url))
                #expect(failure == .malformedAnswer("a line ended by a bare LF"))
            }
        }
        try await withScript(Self.answering(Self.ok)) { url in
            try await withClient(answerBytesMax: 1) { client in
                #expect(await Self.failure(client, ClientRequest(url: url)) == .answerTooLarge)
                let roomy = ClientRequest(url: url, answerBytesMax: 2)
                let answer = try await client.send(roomy, timeout: patience)
                #expect(answer.body.count == 2)
            }
        }
    }

    @Test func `takes an answer that comes before the server has read the whole request`() async throws {
        try await withScript { peer, _ in
            _ = try await peer.read(until: "x")
            try await peer.send(
                "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            peer.socket.shutdownWriting()
            _ = try await peer.readToEnd()
        } _: { url in
            try await withClient { client in
                let body = [UInt8](repeating: 120, count: 4_000_000)
                let request = ClientRequest(method: "POST", url: url, body: body)
                let answer = try await client.send(request, timeout: patience)
                #expect(answer.status == 413)
            }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "ok"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"), ("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ])
    func `reads every framing of an answer`(answer: String, body: String) async throws {
        try await withScript { peer, _ in
            _ = try await peer.read(until: "\r\n\r\n")
            try await peer.send(answer)
        } _: { url in
            try await withClient { client in
                let response = try await client.send(ClientRequest(url: url), timeout: patience)
                #expect(response.body == Array(body.utf8))
            }
        }
    }

    @Test func `gives up at once when its task is cancelled, and closes the connection`() async throws {
        let closed = Tally()
        try await withScript { peer, _ in
            _ = try await peer.readToEnd()
            await closed.add()
        } _: { url in
            try await withClient { client in
                let start = loop.nowNs
                let failure = await withTaskGroup(of: HTTPClientFailure?.self) { group in
                    group.addTask {
                        await Self.failure(client, ClientRequest(url: url), timeout: .seconds(60))
                    }
                    try? await loop.sleep(for: .milliseconds(50))
                    group.cancelAll()
                    return await group.next() ?? nil
                }
                #expect(failure == .cancelled && loop.nowNs - start < 20_000_000_000)
                for _ in 0..<2_000 where await closed.value == 0 {
                    try await loop.sleep(for: .milliseconds(10))
                }
                #expect(await closed.value == 1)
            }
        }
    }
}
