// The files under deploy/ do what they say: databases, schemas, and every program ready with exactly its
// variables.
import EventLoop
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite struct `The deployed configuration` {
    @Test func `makes the databases, migrates them and brings every program up and down`() async throws {
        let cluster = try await TemporaryCluster.start()
        let stack = try DeployedStack(cluster: cluster, firstPort: 20_000 + UInt16.random(in: 0..<500) * 16)
        do {
            try await BlockingThread.run { try Self.play(stack) }
        } catch {
            _ = try await BlockingThread.run { stack.stop() }
            stack.remove()
            try await cluster.stop()
            throw error
        }
        stack.remove()
        try await cluster.stop()
    }

    private static func play(_ stack: DeployedStack) throws {
        try stack.prepare()
        for program in DeployedStack.programs {
            try stack.start(program)
            var isHealthy = false
            for _ in 1...200 where !isHealthy {
                isHealthy = stack.isHealthy(program)
                if !isHealthy { usleep(50_000) }
            }
            #expect(isHealthy, "\(program): \(stack.log(program))")
        }
        for (program, ending) in stack.stop() { #expect(ending == 0, "\(program): \(stack.log(program))") }
    }
}
