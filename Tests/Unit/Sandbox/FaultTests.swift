// Trouble on demand is itself without trouble: it strikes where, whom and as often as it was asked to, and a
// rate strikes the same requests in every run.
import Problem
import Testing

@testable import Sandbox

@Suite struct `Trouble on demand` {
    @Test func `strikes as often as it was asked to, at its place only`() {
        var faults = Faults()
        faults.set(Fault(at: .pay, kind: .lost, times: 2))
        let elsewhere = faults.strike(.token)
        let struck = (0..<3).map { _ in faults.strike(.pay)?.kind }
        #expect(elsewhere == nil && struck == [.lost, .lost, nil])
        #expect(faults.all.isEmpty)
    }

    @Test func `holds an answer longer than anyone waits`() {
        #expect(Fault(at: .pay, kind: .lost).delay == .seconds(75))
        #expect(Fault(at: .pay, kind: .slow, delayMs: 20).delay == .milliseconds(20))
    }

    @Test func `strikes one bank, one person or one order alone`() {
        var faults = Faults()
        faults.set(Fault(at: .payment, kind: .broken, bankId: "codrubank"))
        faults.set(Fault(at: .messages, kind: .windowClosed, phone: "+37369000001"))
        faults.set(Fault(at: .pay, kind: .broken, mention: "#cafea"))
        let strikes = [
            faults.strike(.pay), faults.strike(.pay, description: "Cafea"),
            faults.strike(.payment, bankId: "moldbank"), faults.strike(.messages, phone: "+37369000002"),
            faults.strike(.messages),
        ]
        #expect(strikes.allSatisfy { $0 == nil })
        #expect(faults.strike(.pay, description: "Cafea #cafea")?.kind == .broken)
        #expect(faults.strike(.payment, bankId: "codrubank")?.kind == .broken)
        #expect(faults.strike(.messages, phone: "+37369000001")?.kind == .windowClosed)
    }

    @Test func `draws the same lots from the same seed, near the rate`() {
        func struck(seed: UInt64) -> [Int] {
            var faults = Faults()
            faults.set(Fault(at: .pay, kind: .broken, perMille: 200), seed: seed)
            return (0..<2_000).filter { _ in faults.strike(.pay) != nil }
        }
        let first = struck(seed: 7)
        #expect(first == struck(seed: 7) && first != struck(seed: 8))
        #expect((340...460).contains(first.count))
    }

    @Test func `keeps a bounded number of faults and replaces the same one`() {
        var faults = Faults()
        for index in 0..<Faults.faultsMax {
            let isSet = faults.set(Fault(at: .pay, kind: .slow, bankId: "bank\(index)"))
            #expect(isSet)
        }
        let oneMore = faults.set(Fault(at: .pay, kind: .slow, bankId: "other"))
        let again = faults.set(Fault(at: .pay, kind: .slow, times: 3, bankId: "bank1"))
        #expect(!oneMore && again && faults.all.count == Faults.faultsMax)
    }

    @Test(arguments: [
        Fault(at: .pay, kind: .forged), Fault(at: .callback, kind: .windowClosed),
        Fault(at: .webhook, kind: .lost), Fault(at: .pay, kind: .slow, times: 0),
        Fault(at: .pay, kind: .slow, delayMs: 300_001), Fault(at: .pay, kind: .slow, perMille: 1_001),
    ])
    func `refuses what cannot happen`(_ fault: Fault) {
        #expect(throws: Problem.self) { try fault.check() }
    }
}
