// Templates against PostgreSQL, a fake Meta and its account: created, heard of, replaced by their spares, and the
// messages that wait for them.
import Contracts
import FoundationEssentials
import HTTPWire
import JSONWire
import Money
import Notifier
import Postgres
import TestSupport
import Testing
import World

@Suite(.serialized) struct `Templates and what waits for them` {
    private static func paid(_ number: Int = 1) -> MessageContent {
        .outcome(
            PaymentOutcome(
                kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil,
                tag: "cafea",
                at: Timestamp(seconds: 1_795_264_980), paymentId: "pay_\(number)"))
    }

    /// Our own templates as the account would have them, all with one status.
    private static func account(_ status: String) -> [FakeAccount.Template] {
        TemplateCatalogue.standard.all.map {
            FakeAccount.Template(
                name: $0.name, language: $0.language, status: status, body: $0.body?.text ?? "")
        }
    }

    private static func names(_ notifier: RunningNotifier) -> [String?] {
        notifier.graph.bodies.map { $0["template"]?["name"]?.text }
    }

    @Test func `are created where the account lacks them, and let the held go in order once approved`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.afterFirstLook()
            notifier.graph.account.open()
            let look = try await notifier.look()
            #expect(look.created == 40)
            #expect(look.failure == nil)
            #expect(notifier.graph.account.creations == 40)
            // A second look creates nothing twice.
            #expect(try await notifier.look().created == 0)
            var ids: [String] = []
            for number in 1...5 {
                ids.append(try await notifier.say(Self.paid(number), to: "3736900000\(number)"))
            }
            for id in ids { try await notifier.waitFor(id, .held) }
            #expect(try await notifier.view(ids[0]).reason == "templateMissing")
            try await notifier.news(
                "message_template_status_update", "payment_paid", "ro", #""event":"APPROVED""#)
            for id in ids { try await notifier.waitFor(id, .accepted) }
            #expect(Self.names(notifier) == Array(repeating: "payment_paid", count: 5))
            let peers = notifier.graph.bodies.compactMap { $0["to"]?.text }
            #expect(Set(peers).count == 5)
        }
    }

    @Test func `are replaced by their spare when the first is rejected while messages wait`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.afterFirstLook()
            notifier.graph.account.open(Self.account("PENDING"))
            _ = try await notifier.look()
            let id = try await notifier.say(Self.paid(), to: "37369000001")
            try await notifier.waitFor(id, .held)
            try await notifier.news(
                "message_template_status_update", "payment_paid", "ro", #""event":"REJECTED","reason":"SCAM""#
            )
            try await until("the rejection is known") {
                try await notifier.template("payment_paid", "ro").state == "rejected"
            }
            #expect(try await notifier.template("payment_paid", "ro").reason == "SCAM")
            #expect(try await notifier.view(id).status == .held)
            try await notifier.news(
                "message_template_status_update", "payment_paid_2", "ro", #""event":"APPROVED""#)
            try await notifier.waitFor(id, .accepted)
            #expect(Self.names(notifier) == ["payment_paid_2"])
            #expect(notifier.log.contains("template.changed"))
            #expect(!notifier.log.contains("SCAM"))
        }
    }

    @Test(arguments: [true, false])
    func `are replaced by their spare when Meta pauses the first under our hands`(atOnce: Bool) async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.afterFirstLook()
            notifier.graph.account.open(Self.account("APPROVED"))
            _ = try await notifier.look()
            if atOnce { notifier.graph.plan("37369000001", [.error(132_015, status: 400)]) }
            let id = try await notifier.say(Self.paid(), to: "37369000001")
            if !atOnce {
                try await notifier.waitFor(id, .accepted)
                try await notifier.status("failed", wamid: "wamid.1", code: 132_015)
            }
            try await until("the spare is out") { notifier.graph.bodies.count == 2 }
            try await notifier.waitFor(id, .accepted)
            #expect(Self.names(notifier) == ["payment_paid", "payment_paid_2"])
            let paused = try await notifier.template("payment_paid", "ro")
            #expect(paused.state == "paused" && !paused.isUsable)
            // Unpaused, by a webhook that spells the language its own way; the next one is the first again.
            try await notifier.news(
                "message_template_status_update", "payment_paid", "RO",
                #""event":"APPROVED","other_info":{"title":"UNPAUSED"}"#)
            try await until("it is back") { try await notifier.template("payment_paid", "ro").isUsable }
            let next = try await notifier.say(Self.paid(2), to: "37369000002")
            try await notifier.waitFor(next, .accepted)
            #expect(Self.names(notifier).last == "payment_paid")
        }
    }

    @Test func `are not sent as marketing, whether Meta says so at once, later or in a list`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.afterFirstLook()
            let answers: [FakeAccount.Answer] = [.approveAsMarketing]
            notifier.graph.account.open(creations: .approve, answers)
            _ = try await notifier.look()
            let first = TemplateCatalogue.standard.bySubmission[0]
            #expect(try await notifier.template(first.name, first.language).state == "recategorised")
            try await notifier.news(
                "template_category_update", "payment_failed", "ro",
                #""previous_category":"UTILITY","new_category":"MARKETING""#)
            try await until("it is out of use") {
                try await notifier.template("payment_failed", "ro").state == "recategorised"
            }
            notifier.graph.account.set("payment_expired", "ro") { $0.category = "MARKETING" }
            _ = try await notifier.look()
            #expect(try await notifier.template("payment_expired", "ro").isUsable == false)
            // A warning a day ahead changes nothing yet, and is told.
            try await notifier.news(
                "template_category_update", "payment_declined", "ro",
                #""new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":1"#)
            try await until("the warning is told") { notifier.log.contains("template.willBeRecategorised") }
            #expect(try await notifier.template("payment_declined", "ro").isUsable)
        }
    }

    @Test func `are never submitted twice when an answer is lost, and wait when Meta asks for it`()
        async throws
    {
        try await RunningNotifier.with(["TILL_SEND_TIMEOUT_MS": "3000"]) { notifier in
            try await notifier.afterFirstLook()
            notifier.graph.account.open([], [.approve, .takeSilently])
            let lost = try await notifier.look()
            #expect(lost.failure == "timed_out" && lost.created == 1 && lost.postponed == 39)
            let second = TemplateCatalogue.standard.bySubmission[1]
            #expect(try await notifier.template(second.name, second.language).state == "submitted")
            notifier.graph.account.open(notifier.graph.account.templates, [.throttle])
            let throttled = try await notifier.look()
            #expect(throttled.failure == "graph:80007" && throttled.created == 0)
            #expect(try await notifier.template(second.name, second.language).state == "pending")
            notifier.graph.account.open(notifier.graph.account.templates, [.refuse(2_388_299)])
            let refused = try await notifier.look()
            #expect(refused.refused == 1 && refused.created == 37)
            let names = notifier.graph.account.templates.map { $0.name + $0.language }
            #expect(names.count == 39 && Set(names).count == 39)
            // Refused once, it is not tried again before a day is over.
            #expect(try await notifier.look().created == 0)
        }
    }

    @Test func `are edited when a person asks, and shown as changed before`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.afterFirstLook()
            notifier.graph.account.open(Self.account("APPROVED"))
            notifier.graph.account.set("payment_paid", "ro") { $0.body = "Plata {{1}} pe {{2}} la {{3}} azi" }
            #expect(try await notifier.look().edited == 0)
            let changed = try await notifier.template("payment_paid", "ro")
            #expect(changed.accountText == "Plata {{1}} pe {{2}} la {{3}} azi" && changed.isUsable)
            #expect(try await notifier.look(edit: true).edited == 1)
            #expect(notifier.graph.account.edits == 1)
            #expect(try await notifier.template("payment_paid", "ro").state == "pending")
            // Its spare does its work meanwhile.
            let id = try await notifier.say(Self.paid(), to: "37369000001")
            try await notifier.waitFor(id, .accepted)
            #expect(Self.names(notifier) == ["payment_paid_2"])
        }
    }

    @Test func `leave other news of accounts to a person, once`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.accountEvent(
                #"{"field":"account_update","kind":"change","wabaId":"9","value":{"event":"X","secret":"y"}}"#
            )
            try await notifier.accountEvent(
                #"{"field":"","kind":"unreadable","wabaId":"9","value":{"base64":"AA=="}}"#)
            try await until("both are put aside") {
                try await notifier.pool.query(
                    "select 1 from channel.inbound_event where state = 'parked' and last_error like 'kept:%'"
                ).count == 2
            }
            #expect(notifier.log.contains("account.event") && notifier.log.contains("account_update"))
        }
    }

    @Test func `let many held messages go in their order, and what happens now not wait behind them`()
        async throws
    {
        let many = 1_200
        try await RunningNotifier.with(["TILL_NUMBER_RATE": "200"]) { notifier in
            try await notifier.afterFirstLook()
            notifier.graph.account.open(Self.account("PENDING"))
            _ = try await notifier.look()
            let sample = try await notifier.say(Self.paid(), to: "37360000000")
            try await notifier.waitFor(sample, .held)
            try await notifier.copy(sample, times: many)
            try await notifier.heard("37369999999")
            try await notifier.news(
                "message_template_status_update", "payment_paid", "ro", #""event":"APPROVED""#)
            try await until("the first are out") { notifier.graph.bodies.count > 100 }
            let live = try await notifier.say(.text("acum"), to: "37369999999")
            try await notifier.waitFor(live, .accepted)
            let before = notifier.graph.bodies.firstIndex { $0["type"]?.text == "text" } ?? many
            #expect(before < many * 3 / 4, "\(before)")
            // Six seconds at the number's rate; a busy machine sends a few dozen a second.
            try await until("all are out", atMost: .seconds(120)) { notifier.graph.bodies.count >= many + 2 }
            let order = notifier.graph.bodies.compactMap { $0["to"]?.text }.filter { $0 != "+37369999999" }
            #expect(order.count == many + 1 && Set(order).count == many + 1)
            // 32 requests are under way at once, and a slow one lets others pass: never a whole batch of 200.
            for (place, peer) in order.enumerated() {
                let rank = Int(peer.suffix(5)) ?? -1
                if abs(rank - place) > 200 { Issue.record("\(peer) at \(place)"); break }
            }
        }
    }
}

extension RunningNotifier {
    /// The process has asked its account once, in vain; it will not ask again by itself while a test runs.
    func afterFirstLook() async throws {
        try await until("the first look is over") {
            try await self.pool.query(
                "select 1 from notifier.template_account where failure is not null and lease_until is null"
            ).count == 1
        }
    }

    func look(edit: Bool = false) async throws -> TemplateLook {
        let asked = Array(try JSONEncoder().encode(SyncTemplates(edit: edit)))
        let answer = try await ask("POST", "/v1/templates/sync", [:], asked)
        guard answer.status == 200 else { throw Unexpected(what: "status \(answer.status)") }
        let report = try JSONDecoder().decode(TemplateSyncReport.self, from: Data(answer.body))
        guard let look = report.accounts.first else { throw Unexpected(what: "no account") }
        return look
    }

    func template(_ name: String, _ language: String) async throws -> TemplateView {
        let answer = try await get("/v1/templates")
        let list = try JSONDecoder().decode(TemplateList.self, from: Data(answer.body))
        guard let found = list.items.first(where: { $0.name == name && $0.language == language }) else {
            throw Unexpected(what: "no template \(name)")
        }
        return found
    }

    /// A webhook about a template arrived.
    func news(_ field: String, _ name: String, _ language: String, _ value: String) async throws {
        let named =
            #""message_template_id":7,"message_template_name":"\#(name)","message_template_language":"#
        try await accountEvent(
            #"{"field":"\#(field)","kind":"change","wabaId":"9","value":{\#(named)"\#(language)",\#(value)}}"#
        )
    }

    /// An event of the lane `account` arrived: the ingress's row.
    func accountEvent(_ envelope: String) async throws {
        let now = World.forWireTests.now()
        try await pool.batch([
            (
                """
                insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                    request_id, received_at, run_at) values ('account', $1, $2, '', '', $3, 'req_account', $2, $2)
                """,
                [.text(World.forWireTests.hex(8)), .timestamp(now), .bytes(Array(envelope.utf8))]
            ),
            ("select pg_notify('till_inbound_account', '')", []),
        ])
    }

    /// More messages like this one, to as many people, in the order of the people's numbers.
    func copy(_ id: String, times: Int) async throws {
        try await pool.query(
            """
            insert into notifier.message (message_id, idempotency_key, phone_number_id, peer, locale, kind, content,
                request_id, traceparent, state, reason, run_at, created_at, updated_at, subject, template_family)
            select m.message_id || 'x' || n, m.idempotency_key || 'x' || n, m.phone_number_id,
                (m.peer::bigint + n)::text, m.locale, m.kind, m.content, m.request_id, m.traceparent, m.state,
                m.reason, m.run_at, m.created_at, m.updated_at, m.subject, m.template_family
            from notifier.message m, generate_series(1, $2) as n where m.message_id = $1 order by n
            """, [.text(id), .int4(Int32(times))])
    }
}
