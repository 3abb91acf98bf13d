// The arithmetic of the figures, and the plan of the stack against what the programs say they read.
import FoundationEssentials
import Lifecycle
import Testing
import TillCtl

@Suite struct `Measured latencies` {
    @Test func `are read by nearest rank`() {
        var latencies = Latencies()
        for ms in (1...100).reversed() { latencies.add(Int64(ms) * 1_000_000) }
        #expect(latencies.milliseconds(at: 0.5) == 50)
        #expect(latencies.milliseconds(at: 0.99) == 99)
        #expect(latencies.milliseconds(at: 0.999) == 100)
        #expect(Latencies().milliseconds(at: 0.5) == nil)
    }
}

@Suite struct `The plan of the stack` {
    private let plan = StackPlan(portBase: 8_080, folder: "/nowhere")

    @Test func `gives every program a port and an admin port of its own`() {
        let ports = StackPlan.offsets.flatMap {
            [plan.port($0.key), plan.port($0.key) + StackPlan.adminOffset]
        }
        #expect(Set(ports).count == ports.count)
        #expect(plan.port("ingress") == 8_080 && plan.port("sandbox") == 8_090)
    }

    @Test func `tells sellers of requests to pay the life that the fake bank gives them`() throws {
        var plan = StackPlan(portBase: 8_080, folder: "/nowhere")
        plan.linkLifeSeconds = 7
        let folder = "/tmp/till-plan-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let banks = StackFiles(plan: plan, secrets: try SecretFolder(folder: folder)).banks
        #expect(banks.map(\.requestLifeSeconds) == [7, 7])
        #expect(banks.map(\.linkLifeSeconds) == [7, 7])
        let short = DemoCast.banks[0].merchants.filter { $0.linkLifeSeconds != nil }
        #expect(!short.isEmpty)
        for merchant in short {
            #expect(banks[0].terminalLinkLifeSeconds?[merchant.terminalId] == merchant.linkLifeSeconds)
        }
    }
}
