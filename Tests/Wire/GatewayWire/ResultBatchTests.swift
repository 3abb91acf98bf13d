// Results of callbacks that came together: each finds its payment by the path it came by, and is applied or refused as
// if it had come alone.
import Contracts
import HTTPClient
import HTTPWire
import Mia
import Money
import Observe
import Postgres
import Problem
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `A batch of results` {
    private struct Asked: Sendable {
        var paymentId: String
        var attemptId: String
        var capability: String
    }

    private func open(_ gateway: RunningGateway, _ keys: [String]) async throws -> [Asked] {
        var asked: [Asked] = []
        for key in keys {
            let view = try await gateway.open(key)
            let ask = try #require(gateway.bank.asks.last)
            let capability = try #require(ask.callbackUrl?.split(separator: "/").last)
            asked.append(
                Asked(paymentId: view.paymentId, attemptId: ask.orderId, capability: String(capability)))
        }
        return asked
    }

    private func entry(
        _ gateway: RunningGateway, _ asked: Asked, attempt: String? = nil, minor: Int64 = 10_000
    ) -> ResultBatch.Entry {
        ResultBatch.Entry(
            capability: asked.capability, requestId: "req_" + asked.attemptId,
            result: gateway.result("SUCCESS", of: attempt ?? asked.attemptId, minor: minor))
    }

    @Test func `applies each once, and says of each other why not`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let asked = try await open(gateway, ["a", "b", "c", "d", "e"])
            var stranger = entry(gateway, asked[0])
            stranger.capability = String(repeating: "0", count: 64)
            let entries = [
                entry(gateway, asked[0]), stranger,
                // What the bank signed of another attempt, on this one's path.
                entry(gateway, asked[1], attempt: asked[2].attemptId),
                entry(gateway, asked[3], minor: 10_001), entry(gateway, asked[4]), entry(gateway, asked[0]),
            ]
            let expected: [ResultBatchAnswer.Result] = [
                .init(paymentId: asked[0].paymentId), .init(code: "ATTEMPT_UNKNOWN"),
                .init(code: "RESULT_MISMATCH"), .init(code: "RESULT_MISMATCH"),
                .init(paymentId: asked[4].paymentId), .init(paymentId: asked[0].paymentId),
            ]
            try await gateway.serving(
                { (client) async throws in
                    for _ in 0..<2 {
                        let answer = try await client.call(
                            "POST", "/v1/results", body: ResultBatch(results: entries),
                            as: ResultBatchAnswer.self)
                        #expect(answer.results == expected)
                    }
                }, as: "callback-receiver")
            let paid = try await gateway.pool.query(
                "select payment_id from gateway.payment where state = 'paid' order by payment_id"
            ).map { try $0.text(0) }
            #expect(paid == [asked[0].paymentId, asked[4].paymentId].sorted())
            #expect(try await gateway.count("receipt") == 2)
            #expect(try await gateway.count("outbox") == 2)
        }
    }

    @Test func `is the receiver's alone, and has an end`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let asked = try await open(gateway, ["a"])
            let one = entry(gateway, asked[0])
            try await gateway.serving(
                { (client) async throws in
                    let answer = try await client.send(
                        "POST", "/v1/results", body: ResultBatch(results: [one]))
                    #expect(answer.status == 403)
                }, as: "command-router")
            let most = ResultBatch.resultsMax
            let strangers = (0..<most).map { number in
                ResultBatch.Entry(
                    capability: String(repeating: "a", count: 60) + String(1_000 + number),
                    requestId: "req_1",
                    result: one.result)
            }
            try await gateway.serving(
                { (client) async throws in
                    for entries in [[], strangers + [one]] {
                        let answer = try await client.send(
                            "POST", "/v1/results", body: ResultBatch(results: entries))
                        #expect(answer.status == 400)
                    }
                    let full = try await client.call(
                        "POST", "/v1/results", body: ResultBatch(results: strangers),
                        as: ResultBatchAnswer.self)
                    #expect(full.results == strangers.map { _ in .init(code: "ATTEMPT_UNKNOWN") })
                }, as: "callback-receiver")
            #expect(try await gateway.count("payment", "state = 'open'") == 1)
        }
    }
}
