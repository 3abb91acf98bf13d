// Two hundred payments by twenty sellers while every service in turn is killed with SIGKILL and started
// again. Afterwards the books are compared: each message one payment, each payment paid at the bank and in
// our tables, each told once.
import Contracts
import EventLoop
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPWire
import Money
import Postgres
import Sealing
import Testing
import TillCtl

struct Upheaval {
    let play: Play
    private static let sellers = 20
    private static let victims = ["ingress", "router", "capSvc", "gateway", "callback", "notifier"]

    func run(payments count: Int) async throws {
        let phones = try await enlist()
        let payers = Task { try await payWhateverOpens(count) }
        let killer = Task { try await killEachInTurn() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seller in 0..<Self.sellers {
                group.addTask {
                    for index in stride(from: seller, to: count, by: Self.sellers) {
                        try await play.sandbox.say("pay \(index + 1) #k\(index)", from: phones[seller])
                        try await play.loop.sleep(for: .milliseconds(300))
                    }
                }
            }
            try await group.waitForAll()
        }
        try await killer.value
        try await payers.value
        try await compareBooks(count, phones)
    }

    /// Sellers of a merchant whose payments wait for somebody to pay them.
    private func enlist() async throws -> [String] {
        let url = try #require(HTTPURL(play.stack.plan.url("capSvc")))
        let token = Secret(text: try play.stack.secrets.text("token-tillctl"))
        let broker = ServiceClient(
            http: play.tools.http, baseURL: url, token: token, caller: "tillctl", peer: "cap-svc")
        var phones: [String] = []
        for index in 0..<Self.sellers {
            let phone = "+3736902" + String(1_000 + index)
            _ = try await broker.call(
                "PUT", "/admin/v1/sellers/upheaval-\(index)",
                body: PutSeller(phone: phone, locale: .ro, status: .active, merchantIds: ["129"]),
                as: ServiceClient.Nothing.self)
            phones.append(phone)
        }
        return phones
    }

    private func killEachInTurn() async throws {
        for victim in Self.victims {
            try await play.loop.sleep(for: .milliseconds(250))
            try await play.stack.kill(victim, signal: SIGKILL)
            try play.stack.launch(victim)
            try await play.stack.awaitReady(victim)
        }
    }

    private struct Opened: Sendable {
        var payment: String
        var tag: String
    }

    /// The customers: pay every payment of ours that has a link, as the links appear.
    private func payWhateverOpens(_ count: Int) async throws {
        var paid: Set<String> = []
        let deadline = play.loop.nowNs + 120_000_000_000
        while paid.count < count {
            guard play.loop.nowNs < deadline else {
                throw Play.Missing(what: "\(count - paid.count) of the links")
            }
            let rows = try await play.sql(
                """
                select a.rail_payment_id, p.tag from gateway.attempt a join gateway.payment p using (payment_id)
                where p.tag ~ '^k[0-9]+$' and p.link is not null and a.rail_payment_id is not null
                  and p.link like '%' || a.rail_payment_id
                """)
            for row in rows {
                let id = try row.text("rail_payment_id")
                if paid.insert(id).inserted { try await play.sandbox.pay(id) }
            }
            try await play.loop.sleep(for: .milliseconds(100))
        }
    }

    private func compareBooks(_ count: Int, _ phones: [String]) async throws {
        let statuses = try await play.eventually("every payment paid", within: .seconds(120)) {
            let rows = try await play.sql("select tag, state from gateway.payment where tag ~ '^k[0-9]+$'")
            let all = try rows.map { (tag: try $0.text("tag"), status: try $0.text("state")) }
            return all.count >= count && all.allSatisfy { $0.status == "paid" } ? all : nil
        }
        #expect(statuses.count == count, "one payment for each message")
        #expect(Set(statuses.map(\.tag)).count == count, "no tag twice")
        var receipts: [String: Int] = [:], links: [String: Int] = [:]
        _ = try await play.eventually("every receipt told", within: .seconds(120)) {
            receipts = [:]
            links = [:]
            for phone in phones {
                for bubble in try await play.sandbox.chat(phone) where bubble.direction == "in" {
                    // Payments that came close together share a bubble, with a line for each.
                    let tags = bubble.text.split { " \n".contains($0) }.filter { $0.hasPrefix("#k") }
                    for tag in tags.map(String.init) {
                        if bubble.buttons == nil {
                            receipts[tag, default: 0] += 1
                        } else {
                            links[tag, default: 0] += 1
                        }
                    }
                }
            }
            return receipts.count + (try await inDoubt()) >= count ? true : nil
        }
        // A kill between "about to send" and the first byte: Meta has no idempotency key, so it is not sent again.
        let doubtful = try await inDoubt()
        #expect(doubtful <= 3, "what is in doubt is the few that were leaving at the kill")
        #expect(receipts.values.allSatisfy { $0 == 1 }, "no receipt twice")
        #expect(links.values.allSatisfy { $0 == 1 }, "no link twice")
    }

    /// Receipts whose sending was cut off: kept, and shown to a person.
    private func inDoubt() async throws -> Int {
        let rows = try await play.sql(
            """
            select count(*) as n from notifier.message
            where kind = 'outcome' and state in ('unresolved', 'parked')
            """)
        return Int(try rows.one().int8("n"))
    }
}
