// The files under deploy/ do what they say: databases, schemas, and every program ready with exactly its
// variables, and one payment from the chat to the receipt.
import EventLoop
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPWire
import TestSupport
import Testing
import TillCtl

@Suite struct `The deployed configuration` {
    @Test func `makes the databases, migrates them and brings every program up, through a payment and down`()
        async throws
    {
        let cluster = try await TemporaryCluster.start()
        let stack = try DeployedStack(cluster: cluster)
        do {
            try await Self.start(stack)
            try await Self.charge(stack)
            try await BlockingThread.run {
                for (program, ending) in stack.stop() {
                    #expect(ending == 0, "\(program): \(stack.log(program))")
                }
            }
        } catch {
            _ = try await BlockingThread.run { stack.stop() }
            stack.remove()
            try await cluster.stop()
            throw error
        }
        stack.remove()
        try await cluster.stop()
    }

    private static func start(_ stack: DeployedStack) async throws {
        try await BlockingThread.run { try stack.prepare() }
        for program in DeployedStack.programs {
            try stack.start(program)
            do {
                try await until("\(program) is healthy") {
                    try await BlockingThread.run { stack.isHealthy(program) }
                }
            } catch { Issue.record("\(error): \(stack.log(program))") }
        }
        // A second run changes nothing.
        try await BlockingThread.run { for _ in 1...2 { try stack.provision() } }
    }

    /// The page's seller charges, the customer pays, the chat says so.
    private static func charge(_ stack: DeployedStack) async throws {
        let tools = try Commands.Tools()
        let url = try #require(HTTPURL("http://127.0.0.1:\(stack.port("sandbox"))"))
        let sandbox = SandboxClient(http: tools.http, base: url), seller = "+37369000001"
        try await sandbox.say("pay 100 #cafea", from: seller)
        var answers: [SandboxClient.Bubble] = []
        func wait(_ what: String, until isTrue: ([SandboxClient.Bubble]) -> Bool) async throws {
            do {
                try await TestSupport.until(what) {
                    answers = try await sandbox.chat(seller).filter { $0.direction == "in" }
                    return isTrue(answers)
                }
            } catch let error as TookTooLong {
                Issue.record("\(error): \(stack.log("command-router")) \(stack.log("ecomm-gateway"))")
            }
        }
        try await wait("a link") { $0.contains { $0.buttons?.contains { $0.url != nil } == true } }
        let told = answers.count
        let payment = try #require(try await sandbox.payments().first)
        try await sandbox.pay(payment.paymentId)
        try await wait("a receipt") { $0.count > told }
        try await readMetrics(stack, tools)
    }

    /// Every program's page after a payment, by our own eyes and, where it is installed, by promtool's.
    private static func readMetrics(_ stack: DeployedStack, _ tools: Commands.Tools) async throws {
        let promtool = OutsideTool.path("promtool")
        for program in DeployedStack.programs {
            let url = try #require(HTTPURL("http://127.0.0.1:\(stack.port(program) + 1)"))
            let answer = try await tools.http.send(
                ClientRequest(url: url, target: "/metrics"), timeout: .seconds(25))
            let text = String(decoding: answer.body, as: UTF8.self), page = MetricsPage(text)
            #expect(page.problems == [], "\(program)")
            #expect(page.names.count > 5, "\(program)")
            if let promtool {
                let isFine = try await MetricsPage.isFine(text, promtool)
                #expect(isFine, "\(program): promtool check metrics")
            }
        }
    }
}
