// A bank that goes away and comes back: it is left in peace meanwhile, and afterwards everything that waited is asked
// about within a minute, at a pace that it can bear.
import Contracts
import Mia
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `After an outage` {
    /// What a worker with sixteen places does in one second.
    private func work(_ gateway: RunningGateway) async throws {
        while true {
            let due = try await gateway.janitor.claim(16)
            if due.isEmpty { return }
            await withTaskGroup(of: Void.self) { group in
                for record in due { group.addTask { await gateway.janitor.look(at: record) } }
            }
        }
    }

    @Test func `five hundred open payments are settled within a minute of the bank's return`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: Timestamp(seconds: 1_790_000_000))
            for index in 0..<500 {
                _ = try await gateway.open("k\(index)")
                gateway.clock.advance(by: .milliseconds(200))
            }
            gateway.bank.state.withLock { $0.isSilent = true }
            let before = gateway.bank.state.withLock { $0.tokens.count }
            for _ in 0..<60 {
                gateway.clock.advance(by: .seconds(10))
                try await work(gateway)
            }
            let asked = gateway.bank.state.withLock { $0.tokens.count } - before
            #expect(asked < 200, "ten minutes away, and asked \(asked) times")

            for attempt in gateway.bank.asks.map(\.orderId) { gateway.bank.set(.success, ofOrder: attempt) }
            gateway.bank.state.withLock { $0.isSilent = false }
            var most = 0
            for _ in 0..<60 {
                gateway.clock.advance(by: .seconds(1))
                let polls = gateway.bank.state.withLock { $0.polls }
                try await work(gateway)
                most = max(most, gateway.bank.state.withLock { $0.polls } - polls)
            }
            #expect(try await gateway.count("payment", "state = 'paid'") == 500)
            #expect(most <= 40, "\(most) asks in a second")
            #expect(gateway.bank.state.withLock { $0.polls } == 500, "each was asked about once")
        }
    }

    @Test func `of one bank the payments of another were looked at as ever`() {
        let health = RailHealth()
        let now = Timestamp(seconds: 1_790_000_000)
        for _ in 0..<3 { health.failed("a", at: now) }
        health.failed("b", at: now)
        health.failed("b", at: now)
        #expect(health.silent == ["a"] && health.isSilent("a") && !health.isSilent("b"))
        #expect(health.probes(at: now).isEmpty)
        let later = now.advanced(by: RailHealth.probeGap)
        #expect(health.probes(at: later) == ["a"] && health.probes(at: later).isEmpty)
        #expect(health.probes(at: now.advanced(by: .seconds(-3_600))) == ["a"], "a clock that was put back")
        health.answered("a")
        #expect(health.silent.isEmpty)
    }
}

@Suite struct `A flood of forged callbacks` {
    /// Each failed verification asks for the key anew.
    @Test func `fetches a bank's key once in half a minute`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.stop(at: Timestamp(seconds: 1_790_000_000))
            _ = try await gateway.keys.key(for: RunningGateway.order, refetch: false)
            var fetched = [gateway.bank.state.withLock { $0.keyFetches }]
            for _ in 0..<10 {
                gateway.clock.advance(by: .seconds(30))
                for _ in 0..<1_000 {
                    _ = try await gateway.keys.key(for: RunningGateway.order, refetch: true)
                }
                fetched.append(gateway.bank.state.withLock { $0.keyFetches })
            }
            #expect(fetched == Array(1...11))
            // A bank whose key cannot be had is not asked more often either.
            gateway.bank.state.withLock { $0.isSilent = true }
            let before = gateway.bank.state.withLock { $0.tokens.count }
            gateway.clock.advance(by: .seconds(30))
            for _ in 0..<1_000 { _ = try? await gateway.keys.key(for: RunningGateway.order, refetch: true) }
            #expect(gateway.bank.state.withLock { $0.tokens.count } == before + 1)
        }
    }
}
