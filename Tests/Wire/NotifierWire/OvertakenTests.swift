// Links and answers that had to wait while their payment ended: the end is told, and they are not.
import Contracts
import HTTPWire
import JSONWire
import Money
import TestSupport
import Testing
import World

extension RunningNotifier {
    fileprivate func link(_ paymentId: String, to peer: String) async throws -> String {
        try await say(
            .link(
                body: "100,00 MDL", button: "Plătește", url: "https://bank.example/c?paymentId=\(paymentId)"),
            to: peer, subject: paymentId)
    }

    fileprivate func end(_ paymentId: String, to peer: String) async throws -> String {
        try await say(
            .outcome(
                PaymentOutcome(
                    kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil,
                    tag: "cafea", at: Timestamp(seconds: 1_795_000_000), paymentId: paymentId)), to: peer)
    }

    /// What the phone was sent, in order: the payment of each link, and `told` for everything else.
    fileprivate func seen(by peer: String) -> [String] {
        graph.bodies(to: peer).map { body in
            let url = body["interactive"]?["action"]?["parameters"]?["url"]?.text
            return url.flatMap { $0.split(separator: "=").last.map(String.init) } ?? "told"
        }
    }
}

@Suite(.serialized) struct `A link that waited` {
    private static let phone = "37369000001"
    private static let longAgo = Duration.seconds(25 * 3_600)

    @Test
    func `for the window is not sent once its payment's end was posted, nor is what was said before it`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone, ago: Self.longAgo)
            let dead = try await notifier.link("pay_1", to: Self.phone)
            let stale = try await notifier.say(.text("Deschisă"), to: Self.phone, subject: "pay_1")
            let alive = try await notifier.link("pay_2", to: Self.phone)
            for id in [dead, stale, alive] { try await notifier.waitFor(id, .held) }
            let end = try await notifier.end("pay_1", to: Self.phone)
            try await notifier.waitFor(end, .accepted)
            let after = try await notifier.say(.text("Plătit la 14:23"), to: Self.phone, subject: "pay_1")
            try await notifier.waitFor(after, .held)
            try await notifier.heard(Self.phone)
            for id in [alive, after] { try await notifier.waitFor(id, .accepted) }
            for id in [dead, stale] { try await notifier.waitFor(id, .expired) }
            #expect(notifier.seen(by: Self.phone) == ["told", "pay_2", "told"])
            // Nobody is paged, and nobody sends it once more by hand.
            let again = try await notifier.ask("POST", "/v1/messages/\(dead)/replay", [:], [])
            #expect(again.status == 409)
            #expect(!notifier.log.contains("\"isForPerson\":true"))
        }
    }

    @Test func `is not sent either once it was taken back, by whichever message said so`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone, ago: Self.longAgo)
            let first = try await notifier.link("pay_1", to: Self.phone)
            let second = try await notifier.link("pay_2", to: Self.phone)
            let answer = try await notifier.say(
                .text("Anulată"), to: Self.phone, subject: "pay_1", ends: ["pay_1", "pay_2"])
            for id in [first, second, answer] { try await notifier.waitFor(id, .held) }
            try await notifier.heard(Self.phone)
            try await notifier.waitFor(answer, .accepted)
            for id in [first, second] { try await notifier.waitFor(id, .expired) }
            #expect(notifier.seen(by: Self.phone) == ["told"])
        }
    }

    @Test func `for nothing but its caller comes behind the end, and is not sent`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            let end = try await notifier.end("pay_1", to: Self.phone)
            try await notifier.waitFor(end, .accepted)
            let late = try await notifier.link("pay_1", to: Self.phone)
            try await notifier.waitFor(late, .expired)
            let answer = try await notifier.say(.text("Plătit"), to: Self.phone, subject: "pay_1")
            try await notifier.waitFor(answer, .accepted)
            #expect(notifier.seen(by: Self.phone) == ["told", "told"])
            for wrong in [["pay 1"], [""], Array(repeating: "pay_1", count: 51)] {
                let refused = try await notifier.post(
                    SendMessage(
                        conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: Self.phone),
                        locale: .ro, content: .text("x"), ends: wrong), key: "wrong")
                #expect(refused.status == 400)
            }
        }
    }

    @Test func `of many persons meets its end in two processes: it goes before the end or not at all`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try notifier.startAnother()
            let peers = (10..<30).map { "373690000\($0)" }
            var links: [String: String] = [:]
            for peer in peers {
                try await notifier.heard(peer, ago: Self.longAgo)
                links[peer] = try await notifier.link("pay_" + peer, to: peer)
            }
            for id in links.values { try await notifier.waitFor(id, .held) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for peer in peers {
                    group.addTask { try await notifier.heard(peer) }
                    group.addTask {
                        try await notifier.waitFor(try await notifier.end("pay_" + peer, to: peer), .accepted)
                    }
                }
                try await group.waitForAll()
            }
            for (peer, id) in links {
                try await until("the link to \(peer) is at its end") {
                    [.accepted, .expired].contains(try await notifier.view(id).status)
                }
                let wasSent = try await notifier.view(id).status == .accepted
                #expect(notifier.seen(by: peer) == (wasSent ? ["pay_" + peer, "told"] : ["told"]))
            }
        }
    }
}
