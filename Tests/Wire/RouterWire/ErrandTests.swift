// What sellers ask of payments already made, over PostgreSQL and fake peers: that only their own are found, that
// a crash between any two steps changes nothing, and that nobody waits for a sign of typing.
import Contracts
import Copy
import Money
import Postgres
import Problem
import Synchronization
import Testing
import World

@testable import CommandRouter

@Suite(.serialized) struct `A seller's errand` {
    private static let seller = "37369000001"

    private func opened(_ router: RunningRouter, _ text: String, _ wamid: String) async throws -> PaymentView
    {
        try await router.says(text, from: Self.seller, wamid: wamid)
        try await router.waitFor(wamid, "done")
        let key = MessageDesk.key(RunningRouter.number, wamid)
        return try #require(router.peers.book.state.withLock { $0.entries.first { $0.key == key }?.view })
    }

    private func answer(_ router: RunningRouter, _ text: String, _ wamid: String, replyingTo: String? = nil)
        async throws -> SendMessage
    {
        try await router.says(text, from: Self.seller, wamid: wamid, replyingTo: replyingTo)
        try await router.waitFor(wamid, "done")
        return try #require(router.peers.said.last { $0.body.replyTo == wamid }?.body)
    }

    @Test func `on a bubble of several payments is about all of them, or asks which one`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let views = [
                try await opened(router, "pay 100 #a", "w1"), try await opened(router, "pay 200 #b", "w2"),
                try await opened(router, "pay 300 #c", "w3"),
            ]
            // The last is another seller's by now, or never was this one's.
            router.peers.state.withLock {
                $0.subjects["wamid.digest"] = views.map(\.paymentId) + ["pay_of_somebody"]
            }
            let all = try await answer(router, "status", "s1", replyingTo: "wamid.digest")
            guard case .text(let text) = all.content else {
                Issue.record("a status is text")
                return
            }
            #expect(views.allSatisfy { text.contains($0.reference) } && all.subject == nil)
            for (typed, wamid) in [("cancel", "c"), ("resend", "r")] {
                let asked = try await answer(router, typed, wamid, replyingTo: "wamid.digest")
                guard case .list(_, _, let rows) = asked.content else {
                    Issue.record("which one has to be asked")
                    return
                }
                #expect(rows.map(\.title).map { $0.prefix(2) } == ["1.", "2.", "3."])
                #expect(zip(rows, views).allSatisfy { $0.description?.contains($1.reference) == true })
                let chosen = try await answer(router, "2", wamid + "2")
                #expect(chosen.subject == views[1].paymentId)
            }
            #expect(
                router.peers.book.state.withLock { $0.entries.filter { $0.view.status == .cancelled } }
                    .map(\.view.paymentId) == [views[1].paymentId])
            // A tapped row says the same as its number; the question is answered once.
            let asked = try await answer(router, "cancel", "c9", replyingTo: "wamid.digest")
            guard case .list(_, _, let rows) = asked.content else { return }
            try await router.taps(rows[2].id, from: Self.seller, wamid: "t1")
            try await router.waitFor("t1", "done")
            #expect(router.peers.said.last { $0.body.replyTo == "t1" }?.body.subject == views[2].paymentId)
            #expect(router.peers.book.state.withLock { $0.entries.count } == 3)
        }
    }

    @Test func `means the last payment, the one replied to, or the one named`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let first = try await opened(router, "pay 100 #a", "w1")
            let second = try await opened(router, "pay 200 #b", "w2")
            #expect(router.peers.said.map(\.body.subject) == [first.paymentId, second.paymentId])
            router.peers.state.withLock { $0.subjects["wamid.bubble1"] = [first.paymentId] }
            let cases: [(String, String?, PaymentView?)] = [
                ("status", nil, second), ("status", "wamid.bubble1", first),
                ("status \(first.reference)", nil, first),
                ("status \(second.reference)", "wamid.bubble1", second),
                ("status ABCDEF", nil, nil), ("status", "wamid.other", nil),
            ]
            for (index, (typed, repliedTo, wanted)) in cases.enumerated() {
                let said = try await answer(router, typed, "s\(index)", replyingTo: repliedTo)
                #expect(said.subject == wanted?.paymentId, "\(typed)")
                guard case .text(let text) = said.content else {
                    Issue.record("a status is text")
                    return
                }
                #expect(wanted.map { text.contains($0.reference) } ?? true)
            }
            // Another seller's payment is nobody's here, whoever replies to whatever.
            router.seller("moldbank", "+37369000002", "Alta", posUserId: "pos-2")
            try await router.says("status \(first.reference)", from: "37369000002", wamid: "x1")
            try await router.waitFor("x1", "done")
            #expect(
                router.texts(to: "37369000002")
                    == [Catalogue.text(.referenceUnknown, .ro, [.reference: first.reference])])
            #expect(!router.log.contains(first.reference))
        }
    }

    @Test func `cancels under one key, and says what the bank decided`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let payment = try await opened(router, "pay 100", "w1")
            func words(_ said: SendMessage) -> String {
                if case .text(let text) = said.content { text } else { "" }
            }
            router.peers.book.state.withLock { $0.cancelTrouble = (.conflict, "MONEY_MAY_BE_MOVING") }
            #expect(
                words(try await answer(router, "cancel", "c1")).contains(Catalogue.text(.cancelMoving, .ro)))
            router.peers.book.state.withLock { $0.cancelTrouble = (.unavailable, "RAIL_UNAVAILABLE") }
            #expect(
                words(try await answer(router, "cancel", "c2")).contains(
                    Catalogue.text(.cancelUncertain, .ro)))
            router.peers.book.state.withLock { $0.cancelTrouble = nil }
            #expect(router.peers.said.allSatisfy { $0.body.ends == nil })
            let answered = try await answer(router, "anulează \(payment.reference)", "c3")
            // No outcome will say so: a link that still waits must not follow.
            #expect(answered.ends == [payment.paymentId])
            let done = words(answered)
            #expect(done.hasPrefix("Plată anulată") && done.contains(Catalogue.text(.cancelDone, .ro)))
            router.peers.book.set(.paid, of: payment.paymentId)
            router.peers.book.state.withLock { $0.cancelTrouble = (.conflict, "ALREADY_SETTLED") }
            #expect(
                words(try await answer(router, "cancel", "c4")).contains(Catalogue.text(.cancelPaid, .ro)))
            let keys = router.peers.book.state.withLock { $0.cancelled }
            #expect(keys.count == 4 && Set(keys).count == 4 && keys.allSatisfy { $0.contains(":cancel ") })
        }
    }

    @Test func `resends the same link and never makes a payment`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let payment = try await opened(router, "pay 100", "w1")
            let said = try await answer(router, "resend", "r1")
            guard case .link(_, _, let url) = said.content else {
                Issue.record("a link is resent as a link")
                return
            }
            #expect(url == payment.link && said.notAfter == payment.expiresAt)
            router.peers.book.set(.expired, of: payment.paymentId)
            let offer = try await answer(router, "resend", "r2")
            guard case .buttons(_, let buttons) = offer.content else {
                Issue.record("an ended link is offered anew")
                return
            }
            #expect(buttons.map(\.id) == ["renew.h_" + payment.paymentId])
            #expect(router.peers.opened.count == 1)
            // Tapped twice: one fresh payment, and a sentence.
            try await router.taps(buttons[0].id, from: Self.seller, wamid: "t1")
            try await router.taps(buttons[0].id, from: Self.seller, wamid: "t2")
            try await router.waitFor("t2", "done")
            #expect(router.peers.book.state.withLock { $0.entries.count } == 2)
            #expect(router.texts(to: Self.seller).last == Catalogue.text(.renewSpent, .ro))
            #expect(router.texts(to: Self.seller).dropLast().last?.contains("https://bank.example/") == true)
            try await router.taps("renew.nobodys", from: Self.seller, wamid: "t3")
            try await router.waitFor("t3", "done")
            #expect(router.texts(to: Self.seller).last == Catalogue.text(.renewUnknown, .ro))
        }
    }

    @Test func `offers nothing to tap or to type for an order that another link has paid`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let book = router.peers.book, payment = try await opened(router, "pay 100", "w1")
            book.set(.expired, of: payment.paymentId)
            func ending(_ command: String, _ wamid: String) async throws -> String {
                guard case .text(let text) = try await answer(router, command, wamid).content else {
                    return "not a text"
                }
                return text.split(separator: "\n\n").dropFirst().joined(separator: " | ")
            }
            book.state.withLock { $0.handleTrouble = (.conflict, "NOT_RENEWABLE") }
            #expect(try await ending("status", "s1").contains("pay 100"))
            book.state.withLock { $0.handleTrouble = (.conflict, "ORDER_PAID") }
            #expect(try await ending("status", "s2") == Catalogue.text(.orderPaid, .ro))
            // The payment itself says so: nobody need be asked.
            book.supersede(payment.paymentId)
            #expect(try await ending("resend", "s3") == Catalogue.text(.orderPaid, .ro))
            #expect(book.state.withLock { $0.handlesAsked } == 2)
        }
    }

    @Test func `renews once although the router dies after the gateway has answered`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("pay 100", from: Self.seller, wamid: "w1")
            await router.desk.work(on: try #require(try await router.store.claim(8).first))
            let payment = try #require(router.peers.book.state.withLock { $0.entries.first?.view })
            router.peers.book.set(.expired, of: payment.paymentId)
            try await router.says("status", from: Self.seller, wamid: "s1")
            await router.desk.work(on: try #require(try await router.store.claim(8).first))
            try await router.taps("renew.h_" + payment.paymentId, from: Self.seller, wamid: "t1")
            let first = try #require(try await router.store.claim(8).first)
            await router.desk.work(on: first)
            // As if the row had never been finished: what was remembered at the claim decides again.
            _ = try await router.pool.query(
                """
                update channel.inbound_event set state = 'claimed', lease_until = '2020-01-01', done_at = null
                where dedup_key = 't1'
                """)
            await router.desk.work(on: first)
            #expect(router.peers.book.state.withLock { $0.entries.count } == 2)
            let said = router.peers.said.suffix(2)
            #expect(said.first == said.last && said.first?.key.hasSuffix(":reply") == true)
        }
    }

    @Test func `sums the merchant's day, pages a list and sends a document`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.seller("codrubank", "+37369000001", "Librăria", posUserId: "pos-9", merchantId: "310")
            for index in 1...11 {
                // The second of two merchants is named by the currency of nothing: a number answers.
                _ = try await answer(router, "pay \(index) #t", "w\(index)")
                _ = try await answer(router, index % 2 == 0 ? "1" : "2", "n\(index)")
            }
            let total = PaymentTotals.Line(
                tag: "t", count: 3, amount: Money(minorUnits: 12_345, currency: .mdl))
            router.peers.book.state.withLock { $0.totals = PaymentTotals(lines: [total]) }
            router.peers.book.state.withLock { $0.queries = [] }
            guard case .text(let today) = try await answer(router, "today", "d1").content else {
                Issue.record("sums are text")
                return
            }
            #expect(today.contains("6 plăți · 246,90\u{A0}MDL"))
            let queries = router.peers.book.state.withLock { $0.queries }
            #expect(queries.count == 2)
            #expect(
                queries.allSatisfy { $0.contains("posUserId=") && $0.contains("from=") && $0.contains("to=") }
            )
            guard case .buttons(let page, let buttons) = try await answer(router, "list", "l1").content else {
                Issue.record("eleven payments are more than a page")
                return
            }
            #expect(page.split(separator: "\n").count { $0.contains(" · ") } == Listing.rowsMax)
            #expect(page.contains("11,00\u{A0}MDL") && !page.contains(" 3,00\u{A0}MDL"))
            // A new payment does not move what comes next.
            _ = try await answer(router, "pay 99", "w99")
            _ = try await answer(router, "1", "n99")
            try await router.taps(buttons[0].id, from: Self.seller, wamid: "l2")
            try await router.waitFor("l2", "done")
            let second = try #require(router.texts(to: Self.seller).last)
            #expect(second.contains("3,00\u{A0}MDL") && second.contains(" 1,00\u{A0}MDL"))
            #expect(!second.contains("99,00") && !second.contains("11,00"))
            let document = try await answer(router, "export today", "e1").content
            guard case .document(_, _, let mediaType, let base64) = document else {
                Issue.record("an export is a document")
                return
            }
            #expect(mediaType == "text/csv" && !base64.isEmpty)
            router.peers.book.state.withLock { $0.isCSVTooLong = true }
            #expect(
                try await answer(router, "export 2026-11", "e2").content
                    == .text(Catalogue.text(.exportTooLarge, .ro)))
        }
    }

    @Test
    func `shows that it is at work when an answer takes long, to sellers alone, and never waits for it`()
        async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.peers.state.withLock { state in
                state.isSeeingSlow = true
                state.openingTakes = Voice.seenAfter * 4
            }
            _ = try await opened(router, "pay 100", "w1")
            try await router.says("pay 100", from: "37369000099", wamid: "x1")
            try await router.waitFor("x1", "done")
            let seen = router.peers.state.withLock { $0.seen }
            #expect(seen.map(\.wamid) == ["w1"])
            #expect(seen.allSatisfy { $0.typing && $0.conversation.peer == Self.seller })
            #expect(router.texts(to: Self.seller).count == 1)
        }
    }
}
