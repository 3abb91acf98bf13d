// A thousand peers that dawdle, each in one of three ways, beside a few that do not: what an attacker with one machine
// and no bandwidth can do. Whoever is closed comes back at once, so the pressure stays.
import EventLoop
import FoundationEssentials
import Glibc
import HTTPWire
import Sealing
import Synchronization
import World

/// Peers that keep a server waiting, on one port.
struct SlowPeers: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        /// A head that never ends.
        case head
        /// A body that comes an octet at a time.
        case body
        /// Answers that nobody reads.
        case reader
    }

    /// How long connections lived until the server closed them.
    final class Lives: Sendable {
        private let seconds = Mutex<[Kind: [Double]]>([:])

        func add(_ kind: Kind, _ ns: Int64) {
            seconds.withLock { $0[kind, default: []].append(Double(ns) / 1e9) }
        }

        func count(_ kind: Kind) -> Int { seconds.withLock { $0[kind]?.count ?? 0 } }

        func longest(_ kind: Kind) -> Double { seconds.withLock { $0[kind]?.max() ?? 0 } }
    }

    let loop: EventLoop
    let port: UInt16
    /// Between two octets.
    var pause: Duration = .seconds(1)

    /// Keeps `count` of them at it until cancelled.
    func run(_ count: Int, _ lives: Lives) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                let kind = Kind.allCases[index % Kind.allCases.count]
                group.addTask(executorPreference: loop) {
                    // Not all in one moment, as no attacker's machine manages either.
                    try await loop.sleep(for: .milliseconds(2 * index))
                    while true {
                        let start = loop.nowNs
                        do { try await dawdle(kind) } catch is SystemFailure {}
                        lives.add(kind, loop.nowNs - start)
                        // Turned away at once, it does not hammer.
                        try await loop.sleep(for: .milliseconds(200))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Until the server closes.
    private func dawdle(_ kind: Kind) async throws {
        guard let address = SocketAddress(numeric: "127.0.0.1", port: port) else { return }
        let socket = try await StreamSocket.connect(
            to: [address], loop: loop, deadlineNs: loop.nowNs + 10_000_000_000,
            receiveBytes: kind == .reader ? 4_096 : nil)
        defer { socket.close() }
        switch kind {
        case .head:
            try await write(socket, "POST /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\nX: ")
            try await drip(socket)
        case .body:
            try await write(
                socket, "POST /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
            try await drip(socket)
        case .reader:
            // More answers than its small window and the server's buffers take; then, now and then, a look whether
            // the server is still there.
            let ask = "GET /webhooks/whatsapp HTTP/1.1\r\nHost: a\r\n\r\n"
            try await write(socket, String(repeating: ask, count: 800))
            while true {
                try await loop.sleep(for: pause)
                try await write(socket, ask)
            }
        }
    }

    private func write(_ socket: StreamSocket, _ text: String) async throws {
        try await socket.write(Array(text.utf8), deadlineNs: loop.nowNs + 60_000_000_000)
    }

    /// An octet each pause, looking whether the server is still there.
    private func drip(_ socket: StreamSocket) async throws {
        while true {
            do {
                guard try await socket.read(deadlineNs: loop.nowNs + pause.nanosecondsClamped, { _ in })
                else { return }
            } catch SystemFailure.timedOut {
                try await socket.write([120], deadlineNs: loop.nowNs + 10_000_000_000)
            }
        }
    }
}

/// The greatest of what was noted.
private final class Highest: Sendable {
    private let most: Mutex<Double>

    init(_ first: Double) { most = Mutex(first) }

    var value: Double { most.withLock { $0 } }

    func note(_ value: Double) { most.withLock { $0 = max($0, value) } }
}

extension Commands {
    /// `bench slow`: a thousand slow peers and one that is not, at the ingress.
    package static func benchSlow(_ options: Options, isQuick: Bool) async throws {
        let tools = try Tools()
        let plan = StackPlan(portBase: try options.portBase ?? freeBase(), folder: options.folder)
        let stack = try await start(options, tools, plan: plan, say: note)
        do {
            let report = try await slow(
                stack, tools, count: isQuick ? 300 : 1_000, seconds: isQuick ? 15 : 40)
            await stack.stop()
            print(report)
        } catch {
            await stack.stop()
            throw error
        }
    }

    private static func slow(
        _ stack: Stack, _ tools: Tools, count: Int, seconds: Int
    ) async throws -> String {
        // The router would answer the webhooks' strangers, which is not what is measured.
        try await stack.kill("router", signal: SIGTERM)
        let port = UInt16(stack.plan.port("ingress")), rate = 200.0
        let maker = SignedWebhooks(
            key: HMACKey(Secret(text: try stack.secrets.text("app-secret"))),
            phoneNumberId: DemoCast.phoneNumberId, wabaId: DemoCast.wabaId,
            displayPhoneNumber: DemoCast.displayPhoneNumber, host: "127.0.0.1")
        let load = WebhookLoad(loop: tools.loop, port: port, connections: 24)
        func requests(_ seconds: Int) -> [[UInt8]] {
            maker.make(Int(rate) * seconds, now: tools.world.now(), world: tools.world)
        }
        let quiet = try await load.run(requests(5), rate: rate)
        let pid = stack.pid("ingress") ?? 0, before = ProcessFigures.resident(pid)
        let lives = SlowPeers.Lives(), peers = SlowPeers(loop: tools.loop, port: port), loop = tools.loop
        let memory = Highest(before)
        let busy = try await withThrowingTaskGroup(of: WebhookLoad.Outcome?.self) { group in
            group.addTask(executorPreference: loop) {
                try await peers.run(count, lives)
                return nil
            }
            group.addTask(executorPreference: loop) {
                while true {
                    try await loop.sleep(for: .milliseconds(100))
                    memory.note(ProcessFigures.resident(pid))
                }
            }
            let prepared = requests(seconds)
            group.addTask(executorPreference: loop) { try await load.run(prepared, rate: rate) }
            var outcome: WebhookLoad.Outcome?
            while outcome == nil, let next = try await group.next() { outcome = next }
            group.cancelAll()
            do { while try await group.next() != nil {} } catch is CancellationError {}
            return outcome ?? WebhookLoad.Outcome()
        }
        var lines = [
            "alone:  \(Bench.percentiles(quiet.latencies)), \(quiet.refused) refused or cut",
            "beside \(count) slow peers:  \(Bench.percentiles(busy.latencies)), \(busy.refused) refused or cut",
            "memory of the ingress: \(Bench.fixed(before, 1)) MiB before, "
                + "\(Bench.fixed(memory.value, 1)) MiB at most",
        ]
        for kind in SlowPeers.Kind.allCases {
            lines.append(
                "slow \(kind.rawValue): \(lives.count(kind)) closed, the longest after "
                    + "\(Bench.fixed(lives.longest(kind), 1)) s")
        }
        return lines.joined(separator: "\n")
    }
}
