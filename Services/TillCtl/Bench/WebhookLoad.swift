// Replays prepared webhooks over keep-alive connections. Open loop: each request has a moment when it is
// due, and its latency counts from then, so a server that stalls cannot slow its own measurement down.
// Closed loop: as fast as answers come, to find the most a server takes.
import EventLoop
import HTTPWire

struct WebhookLoad {
    let loop: EventLoop
    let port: UInt16
    let connections: Int

    struct Outcome: Sendable {
        var latencies = Latencies()
        var refused = 0
        var seconds = 0.0
        var perSecond: Double { seconds > 0 ? Double(latencies.count) / seconds : 0 }
    }

    /// `rate` a second, each request once; nil: as fast as possible.
    func run(_ requests: [[UInt8]], rate: Double?) async throws -> Outcome {
        let loop = loop, port = port, connections = connections
        return try await loop.run {
            let start = loop.nowNs + 20_000_000
            var whole = Outcome()
            try await withThrowingTaskGroup(of: Outcome.self) { group in
                for lane in 0..<connections {
                    group.addTask(executorPreference: loop) {
                        try await Self.lane(lane, connections, requests, rate, start, port, loop)
                    }
                }
                for try await outcome in group {
                    whole.latencies.add(outcome.latencies)
                    whole.refused += outcome.refused
                    whole.seconds = max(whole.seconds, outcome.seconds)
                }
            }
            return whole
        }
    }

    private static func lane(
        _ lane: Int, _ lanes: Int, _ requests: [[UInt8]], _ rate: Double?, _ start: Int64, _ port: UInt16,
        _ loop: EventLoop
    ) async throws -> Outcome {
        let address = try await SocketAddress.resolve("127.0.0.1", port: port)
        let socket = try await StreamSocket.connect(
            to: address, loop: loop, deadlineNs: loop.nowNs + 5_000_000_000)
        defer { socket.close() }
        var parser = ResponseParser(), outcome = Outcome()
        for index in stride(from: lane, to: requests.count, by: lanes) {
            let due: Int64
            if let rate {
                due = start + Int64(Double(index) / rate * 1e9)
                if due > loop.nowNs { try await loop.sleep(untilNs: due) }
            } else {
                due = loop.nowNs
            }
            try await socket.write(requests[index])
            parser.begin(method: "POST")
            var answer: ResponseParser.Answer?
            while answer == nil {
                answer = try parser.next()
                if answer != nil { break }
                guard try await socket.read(deadlineNs: loop.nowNs + 30_000_000_000, { parser.receive($0) })
                else {
                    throw PostgresCluster.Failure("the ingress closed a connection")
                }
            }
            let now = loop.nowNs
            outcome.latencies.add(now - due)
            outcome.seconds = Double(now - start) / 1e9
            if answer?.response.status != 200 { outcome.refused += 1 }
        }
        return outcome
    }
}
