// What probes see of a program whose database is there and answers nothing: that it lives, that it is not ready, and
// why, while the database is still silent; and readiness again once it speaks.
import HTTPWire
import TestSupport
import Testing

@Suite(.serialized) struct `A program whose database freezes` {
    @Test func `says that it is alive, not ready, and why, before the database has answered anything`()
        async throws
    {
        let cluster = try await TemporaryCluster.shared()
        try await FreezingProxy.run(before: cluster.port) { proxy in
            try await RunningNotifier.with(behind: proxy) { notifier in
                proxy.set(.init(toClient: 0, toServer: 0))
                var said = ""
                try await until("the notifier says that nothing answers") {
                    let answer = try await notifier.get("/health/ready")
                    said = String(decoding: answer.body, as: UTF8.self)
                    return answer.status == 503 && said.hasPrefix("database failing: no answer for ")
                }
                #expect(said.hasSuffix(" s\n"))
                #expect(try await notifier.get("/health/live").status == 200)
                proxy.set(.init())
                try await until("the notifier is ready again") {
                    try await notifier.get("/health/ready").status == 200
                }
            }
        }
    }
}
