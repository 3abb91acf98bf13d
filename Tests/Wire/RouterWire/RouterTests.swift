// The router against PostgreSQL and fake peers: that every message is answered once, in order, whatever
// fails.
import Contracts
import Copy
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

@Suite(.serialized) struct `The router` {
    @Test func `answers a charge with one link under keys that tell nothing`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("pay 100 \"Cafea\" #cafea", from: "37369000001", wamid: "w1")
            try await router.waitFor("w1", "done")
            let opened = try #require(router.peers.opened.first)
            #expect(router.peers.opened.count == 1)
            #expect(opened.key == MessageDesk.key(RunningRouter.number, "w1"))
            #expect(opened.body.amount == Money(minorUnits: 10_000, currency: .mdl))
            #expect(opened.body.tag == "cafea" && opened.body.locale == .ro && opened.body.rail == .qr)
            let said = try #require(router.peers.said.first)
            #expect(
                said.key == opened.key + ":reply" && said.body.replyTo == "w1" && said.requestId == "req_w1")
            guard case .link(let body, _, let url) = said.body.content else {
                Issue.record("a link is sent as a link")
                return
            }
            #expect(
                body.hasPrefix("100,00\u{A0}MDL · Cafea · #cafea") && url.hasPrefix("https://bank.example/"))
            for secret in ["37369000001", "Cafea", "cafea", "https://", "tttt", "in_"] {
                #expect(!router.log.contains(secret), "\(secret)")
            }
            #expect(router.log.contains("req_w1") && router.log.contains("message.answered"))
        }
    }

    @Test func `asks for the payer's page in the language that till.json gives the merchant`() async throws {
        try await RunningRouter.with { router in
            router.seller("codrubank", "+37369000001", "Librăria Codru", merchantId: "311")
            router.seller("moldbank", "+37369000002", "Flori Moldova")
            for (index, phone) in ["37369000001", "37369000002"].enumerated() {
                try await router.says("100", from: phone, wamid: "w\(index)")
                try await router.waitFor("w\(index)", "done")
            }
            let opened = router.peers.opened.map(\.body)
            #expect(opened.map(\.checkoutLanguage) == [.ru, nil])
            #expect(opened.map(\.locale) == [.ro, .ro])
        }
    }

    @Test func `tells unknown, blocked and unreachable apart`() async throws {
        try await RunningRouter.with { router in
            router.seller("codrubank", "+37369000003", "Librăria Codru", .blocked)
            try await router.says("pay 100", from: "37369000099", wamid: "w1")
            try await router.says("pay 100", from: "37369000003", wamid: "w2")
            try await router.waitFor("w1", "done")
            try await router.waitFor("w2", "done")
            router.peers.state.withLock { $0.silentBanks = ["codrubank"] }
            try await router.says("pay 100", from: "37369000098", wamid: "w3")
            try await router.waitFor("w3", "done")
            #expect(router.texts(to: "37369000099") == [Catalogue.text(.unknownSeller, .ro)])
            let blocked = Catalogue.text(.sellerBlocked, .ro, [.bank: "codrubank"])
            #expect(router.texts(to: "37369000003") == [blocked])
            #expect(router.texts(to: "37369000098") == [Catalogue.text(.bankSilent, .ro)])
            #expect(router.peers.opened.isEmpty)
            #expect(Set(router.peers.state.withLock { $0.asked }) == ["moldbank", "codrubank"])
        }
    }

    @Test func `takes a seller whose id can stand in no row as no answer of the bank`() async throws {
        try await RunningRouter.with { router in
            for (index, id) in ["pos 1", "pos/1", "", String(repeating: "p", count: 65)].enumerated() {
                let peer = "3736900001\(index)"
                router.seller("moldbank", "+" + peer, "Cafeneaua Veche", posUserId: id)
                try await router.says("pay 100", from: peer, wamid: "w\(index)")
                try await router.waitFor("w\(index)", "done")
                #expect(router.texts(to: peer) == [Catalogue.text(.bankSilent, .ro)])
            }
            #expect(router.peers.opened.isEmpty)
        }
    }

    @Test func `keeps a conversation in order while others go on`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.seller("moldbank", "+37369000006", "Cafeneaua Veche")
            router.peers.state.withLock {
                $0.gatewayTroubles = [(.internal, "INTERNAL")]
                // However soon it is tried again, it does not end before the others were looked at.
                $0.stuckPeers = ["37369000001"]
            }
            try await router.says("pay 1", from: "37369000001", wamid: "w1")
            try await until { !router.peers.opened.isEmpty }
            try await router.says("pay 2", from: "37369000001", wamid: "w2")
            try await router.says("pay 3", from: "37369000006", wamid: "w3")
            try await router.waitFor("w3", "done")
            #expect(try await router.event("w1").state != "done")
            #expect(try await router.event("w2").attempts == 0)
            router.peers.state.withLock { $0.stuckPeers = [] }
            try await router.waitFor("w2", "done")
            let opened = router.peers.opened
            #expect(opened.map(\.body.amount.minorUnits).contains(300))
            let mine = opened.filter { $0.body.amount.minorUnits != 300 }
            // The first at least twice, under one key, and then the second.
            #expect(mine.count > 2 && mine.dropLast().allSatisfy { $0.body.amount.minorUnits == 100 })
            #expect(Set(mine.dropLast().map(\.key)).count == 1)
            #expect(mine.last?.body.amount.minorUnits == 200)
            #expect(try await router.event("w1").attempts > 1)
        }
    }

    @Test func `says the same again after a crash between any two steps`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("pay 100", from: "37369000001", wamid: "w1")
            let first = try #require(try await router.another.claim(8).first)
            #expect(try await router.another.claim(8).isEmpty)
            // Everything was done and the process died before the row: the lease ends and another router
            // comes.
            try await router.endLeases()
            let second = try #require(try await router.another.claim(8).first)
            #expect(second.fence == first.fence + 1 && second.attempts == 2)
            await router.desk.work(on: first)
            #expect(try await router.event("w1").state == "claimed")
            await router.desk.work(on: second)
            #expect(try await router.event("w1").state == "done")
            #expect(router.peers.opened.count == 2)
            #expect(router.peers.opened[0] == router.peers.opened[1])
            // Only the moment after which a reply is worthless could differ, and for a link that is the
            // payment's.
            #expect(router.peers.said[0] == router.peers.said[1])
        }
    }

    @Test func `holds a message for as long as its lease is renewed under its fence`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("salut", from: "37369000001", wamid: "w1")
            let first = try await router.another.claim(8)
            try await router.endLeases()
            try await router.store.renew(first)
            #expect(try await router.another.claim(8).isEmpty)
            try await router.endLeases()
            let second = try await router.another.claim(8)
            #expect(second.map(\.fence) == [2])
            try await router.endLeases()
            try await router.store.renew(first)
            let third = try #require(try await router.another.claim(8).first)
            await router.desk.work(on: third)
            try await router.store.renew([third])
            let leased = try await router.pool.query(
                "select 1 from channel.inbound_event where lease_until is not null")
            #expect(leased.isEmpty, "what is done is nobody's")
        }
    }

    @Test func `takes a conflict at the notifier for said before and hands back what it did not begin`()
        async throws
    {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.peers.state.withLock { $0.notifierTroubles = [(.conflict, "IDEMPOTENCY_CONFLICT")] }
            try await router.says("salut", from: "37369000001", wamid: "w1")
            let claimed = try await router.another.claim(8)
            try await router.store.release(claimed)
            #expect(try await router.event("w1").state == "ready")
            #expect(try await router.event("w1").attempts == 0)
            let again = try #require(try await router.another.claim(8).first)
            await router.desk.work(on: again)
            #expect(try await router.event("w1").state == "done")
        }
    }

    @Test func `remembers a question, a language and the last till between messages`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000002", "Flori Moldova")
            router.seller("codrubank", "+37369000002", "Librăria Codru")
            try await router.says("/lang fr", from: "37369000002", wamid: "w1")
            try await router.says("pay 55,50 #bouquet", from: "37369000002", wamid: "w2")
            try await router.waitFor("w2", "done")
            guard case .list(_, _, let rows)? = router.peers.said.last?.body.content else {
                Issue.record("several tills make a list")
                return
            }
            try await router.taps(rows[1].id, from: "37369000002", wamid: "w3")
            try await router.taps(rows[1].id, from: "37369000002", wamid: "w4")
            try await router.waitFor("w4", "done")
            let opened = try #require(router.peers.opened.first)
            #expect(router.peers.opened.count == 1)
            #expect(opened.key == MessageDesk.key(RunningRouter.number, "w2"))
            #expect(
                opened.body.bankId == "codrubank" && opened.body.tag == "bouquet" && opened.body.locale == .fr
            )
            #expect(router.texts(to: "37369000002").last == Catalogue.text(.choiceGone, .fr))
            // What was offered with the link is the open question now.
            try await router.says("oui", from: "37369000002", wamid: "w5")
            try await router.waitFor("w5", "done")
            #expect(
                router.texts(to: "37369000002").last
                    == Catalogue.text(.merchantSet, .fr, [.merchant: "Librăria Codru"]))
            let row = try await router.pool.query(
                "select language, last_bank_id, usual_bank_id, question from router.conversation"
            ).one()
            #expect(try row.text("language") == "fr" && row.text("last_bank_id") == "codrubank")
            #expect(try row.text("usual_bank_id") == "codrubank" && row.isNull("question"))
        }
    }

    @Test func `says that the banks are silent in the language last used, and keeps a stranger's choice`()
        async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+33600000001", "Cafeneaua Veche")
            try await router.says("salut", from: "33600000001", wamid: "w1")
            try await router.waitFor("w1", "done")
            router.peers.state.withLock { $0.silentBanks = ["moldbank", "codrubank"] }
            try await router.says("pay 1", from: "33600000001", wamid: "w2")
            try await router.waitFor("w2", "done")
            #expect(router.texts(to: "33600000001").last == Catalogue.text(.bankSilent, .ro))
            try await router.says("pay 1", from: "33600000002", wamid: "w3")
            try await router.waitFor("w3", "done")
            #expect(router.texts(to: "33600000002") == [Catalogue.text(.bankSilent, .fr)])
            router.peers.state.withLock { $0.silentBanks = [] }
            try await router.says("/lang de", from: "33600000002", wamid: "w4")
            try await router.says("pay 1", from: "33600000002", wamid: "w5")
            try await router.waitFor("w5", "done")
            #expect(router.texts(to: "33600000002").last == Catalogue.text(.unknownSeller, .de))
        }
    }

    @Test func `sets aside what nobody can read and goes on`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.keep(raw: Array("{]".utf8), "37369000001", "w1")
            try await router.says("pay 1", from: "37369000001", wamid: "w2")
            try await router.waitFor("w2", "done")
            #expect(try await router.event("w1").state == "parked")
            #expect(try await router.event("w1").error == "MESSAGE_UNREADABLE")
            #expect(router.peers.opened.count == 1)
        }
    }

    @Test func `does not deny a link that an earlier attempt may have made`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.peers.state.withLock { $0.silentBanks = ["moldbank", "codrubank"] }
            try await router.says("pay 1", from: "37369000001", wamid: "w1")
            _ = try await router.pool.query("update channel.inbound_event set attempts = 1")
            await router.desk.work(on: try #require(try await router.store.claim(8).first))
            #expect(try await router.event("w1").error == "BROKER_SILENT")
            #expect(router.peers.said.isEmpty)
        }
    }

    @Test func `apologises once before it gives up`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.peers.state.withLock { $0.gatewayTroubles = [(.internal, "INTERNAL")] }
            try await router.says("pay 1", from: "37369000001", wamid: "w1")
            _ = try await router.pool.query("update channel.inbound_event set attempts = 9")
            let last = try #require(try await router.store.claim(8).first)
            await router.desk.work(on: last)
            #expect(try await router.event("w1").state == "parked")
            #expect(router.texts(to: "37369000001") == [Catalogue.text(.tryAgain, .ro)])
        }
    }

    @Test func `answers every conversation of a crowd once`() async throws {
        try await RunningRouter.with { router in
            for index in 0..<40 {
                router.seller("moldbank", "+3736900\(1000 + index)", "Cafeneaua Veche")
            }
            for index in 0..<120 {
                try await router.says("\(index + 1)", from: "3736900\(1000 + index % 40)", wamid: "w\(index)")
            }
            try await until {
                try await router.pool.query(
                    "select 1 as one from channel.inbound_event where state <> 'done'"
                ).isEmpty
            }
            #expect(router.peers.opened.count == 120)
            #expect(Set(router.peers.opened.map(\.key)).count == 120)
            for index in 0..<40 {
                let mine = router.peers.opened.filter {
                    $0.body.conversation.peer == "3736900\(1000 + index)"
                }
                #expect(
                    mine.map(\.body.amount.minorUnits) == [0, 40, 80].map { Int64($0 + index + 1) * 100 })
            }
        }
    }
}
