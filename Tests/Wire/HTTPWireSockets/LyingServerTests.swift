// The client with servers that send more than an answer, less than one, or one without end: nothing that came behind
// an answer is ever the next one, and what has no end costs a bounded buffer and the caller's own time.
import EventLoop
import HTTPClient
import HTTPWire
import Observe
import Testing

@Suite struct `A client with a server that lies` {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

    private static func failure(
        _ client: HTTPClient, _ url: HTTPURL, timeout: Duration = .seconds(20)
    ) async -> HTTPClientFailure? {
        do {
            _ = try await client.send(ClientRequest(url: url), timeout: timeout)
            return nil
        } catch { return error }
    }

    /// Asks with `method` and then with GET. The first answer is `first`, with `late` behind it a moment later; the
    /// second request must be answered by `ok` on a connection of its own.
    private static func expectFreshConnection(
        _ first: String, asked method: String = "GET", late: String? = nil, status: Int = 200
    ) async throws {
        let connections = Tally(), lateOnes = Tally()
        try await withScript { peer, _ in
            await connections.add()
            let request = try await peer.read(until: "\r\n\r\n")
            guard request.contains("/first") else { return try await peer.send(Self.ok) }
            try await peer.send(first)
            if let late {
                try await loop.sleep(for: .milliseconds(30))
                try await peer.send(late)
                await lateOnes.add()
            }
            // Whatever else is asked here gets what must not be heard.
            _ = try await peer.read(until: "\r\n\r\n")
            try await peer.send(Self.evil)
        } _: { url in
            try await withClient { client in
                let answer = try await client.send(
                    ClientRequest(method: method, url: url, target: "/first"), timeout: patience)
                #expect(answer.status == status && answer.body != Array("evil".utf8), "\(first)")
                for _ in 0..<2_000 where late != nil {
                    if await lateOnes.value > 0 { break }
                    try await loop.sleep(for: .milliseconds(10))
                }
                try await loop.sleep(for: .milliseconds(100))
                let next = try await client.send(ClientRequest(url: url), timeout: patience)
                #expect(next.body == Array("ok".utf8), "\(first)")
                #expect(await connections.value == 2, "\(first)")
            }
        }
    }

    @Test func `never hears what came behind one answer as the next one`() async throws {
        try await Self.expectFreshConnection(Self.ok + Self.evil)
        try await Self.expectFreshConnection(Self.ok, late: Self.evil)
        try await Self.expectFreshConnection(Self.ok, late: "H")
    }

    @Test(arguments: [
        ("GET", "204 No Content", 204), ("GET", "304 Not Modified", 304), ("HEAD", "200 OK", 200),
    ]) func `takes no body where there is none, and does not keep the connection`(
        _ method: String, _ line: String, _ status: Int
    ) async throws {
        let head = "HTTP/1.1 \(line)\r\nContent-Length: \(Self.evil.utf8.count)\r\n\r\n"
        try await Self.expectFreshConnection(head + Self.evil, asked: method, status: status)
        try await Self.expectFreshConnection(head, asked: method, late: Self.evil, status: status)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ]) func `does not ask again where the server said that it closes, although it does not`(_ answer: String)
        async throws
    {
        try await Self.expectFreshConnection(answer)
    }

    @Test(arguments: [
        ("HTTP/1.1 103 Hints\r\n\r\n", "too many interim answers"),
        ("HTTP/1.1 200 OK\r\nX-Much: " + String(repeating: "y", count: 8_192), "a field beyond the limit"),
        ("HTTP/1.1 200 " + String(repeating: "y", count: 8_192), "a start line too long"),
        ("HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 101), "too many fields"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: "
                + String(repeating: "y", count: 4_096),
            "trailers beyond the limit"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"
                + String(repeating: "y", count: 1_100), "a chunk line beyond the limit"
        ),
    ]) func `refuses what never ends in front of a body or behind it`(_ part: String, _ policy: String)
        async throws
    {
        try await withScript { peer, _ in
            _ = try await peer.read(until: "\r\n\r\n")
            // Ends when the client closes.
            while true { try await peer.send(part) }
        } _: { url in
            try await withClient { client in
                #expect(await Self.failure(client, url) == .malformedAnswer(policy))
            }
        }
    }

    @Test(arguments: ["Transfer-Encoding: chunked\r\n\r\n", "\r\n"])
    func `takes no more of a body without end than it may`(_ framing: String) async throws {
        let piece = String(repeating: "x", count: 1_000)
        try await withScript { peer, _ in
            _ = try await peer.read(until: "\r\n\r\n")
            try await peer.send("HTTP/1.1 200 OK\r\n" + framing)
            while true { try await peer.send(framing == "\r\n" ? piece : "3e8\r\n\(piece)\r\n") }
        } _: { url in
            try await withClient(answerBytesMax: 100_000) { client in
                #expect(await Self.failure(client, url) == .answerTooLarge)
            }
        }
    }

    @Test func `does not let more wait for one that is silent than it may`() async throws {
        try await withScript { peer, _ in
            _ = try await peer.socket.read { _ in }
            _ = try await peer.socket.read { _ in }
        } _: { url in
            try await withClient(connectionsPerHostMax: 1) { client in
                try await withThrowingTaskGroup(of: HTTPClientFailure?.self) { group in
                    // One is asking, 1,024 wait for its connection, and there is no room for 15.
                    for _ in 0..<1_040 {
                        group.addTask(executorPreference: loop) {
                            await Self.failure(client, url, timeout: .seconds(60))
                        }
                    }
                    for _ in 0..<15 {
                        let first = try await group.next()
                        #expect(first == .notSent("too many requests wait"))
                    }
                    group.cancelAll()
                    for try await failure in group { #expect(failure == .cancelled) }
                }
            }
        }
    }

    @Test func `waits no longer than it said for an answer that trickles`() async throws {
        try await withScript { peer, _ in
            _ = try await peer.read(until: "\r\n\r\n")
            try await peer.send("HTTP/1.1 200 OK\r\nX: ")
            while true {
                try await peer.send("y")
                try await loop.sleep(for: .milliseconds(20))
            }
        } _: { url in
            try await withClient { client in
                let start = loop.nowNs
                let failure = await Self.failure(client, url, timeout: .seconds(2))
                #expect(failure == .timedOut(sent: true))
                #expect(loop.nowNs - start < 10_000_000_000)
            }
        }
    }
}
