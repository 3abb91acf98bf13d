// The ingress on a real port and a real database: 200 means kept, once; everything else means nothing was.
import FoundationEssentials
import HTTPWire
import JSONWire
import Observe
import Postgres
import Sealing
import TestSupport
import Testing
import WhatsApp
import World

@testable import WebhookIngress

@Suite(.serialized) struct `The ingress` {
    private var now: Int64 { World.forWireTests.now().seconds }

    @Test func `echoes the challenge of a handshake with our token and of no other`() async throws {
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            func ask(_ mode: String, _ token: String, _ challenge: String) async throws -> HTTPResponse {
                let query = PercentEncoding.query([
                    ("hub.mode", mode), ("hub.challenge", challenge), ("hub.verify_token", token),
                ])
                return try await ingress.ask("GET", "/webhooks/whatsapp?" + query)
            }
            let good = try await ask("subscribe", RunningIngress.verifyToken, "1158201444<x>")
            #expect(good.status == 200 && good.body == Array("1158201444<x>".utf8))
            #expect(good.headers.first("content-type")?.hasPrefix("text/plain") == true)
            #expect(try await ask("subscribe", "wrong", "1").status == 403)
            #expect(try await ask("subscribe", "", "1").status == 403)
            #expect(try await ask("unsubscribe", RunningIngress.verifyToken, "1").status == 403)
            let long = String(repeating: "1", count: 600)
            #expect(try await ask("subscribe", RunningIngress.verifyToken, long).status == 403)
            #expect(try await ingress.ask("GET", "/webhooks/whatsapp").status == 403)
        }
    }

    @Test func `keeps a delivery once that comes fifty times at once`() async throws {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let body = RunningIngress.text("wamid.A=", user: "MD.1", at: at)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await ingress.deliver(body).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 50))
            let row = try await ingress.rows.query(
                """
                select lane, dedup_key, event_at, phone_number_id, peer, payload, request_id, state
                from channel.inbound_event
                """
            ).one()
            #expect(try row.text("lane") == "messages" && row.text("dedup_key") == "wamid.A=")
            #expect(try row.timestamp("event_at") == Timestamp(seconds: at))
            #expect(try row.text("peer") == "37369000001" && row.text("state") == "ready")
            #expect(try row.text("request_id").hasPrefix("req_"))
            let message = try InboundMessage(envelope: try row.bytes("payload"))
            #expect(message.content == .text("pay 100") && message.userId == "MD.1")
            let known = try await ingress.rows.query(
                "select peer, wa_id, user_id, last_inbound_at from channel.conversation"
            ).one()
            #expect(try known.text("wa_id") == "37369000001" && known.text("user_id") == "MD.1")
            #expect(try known.timestamp("last_inbound_at") == Timestamp(seconds: at))
        }
    }

    @Test func `refuses what is not signed by us, keeps nothing of it and says nothing about it`()
        async throws
    {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let body = RunningIngress.text("wamid.A", at: at, body: "ascuns")
            let good = RunningIngress.signature(body)
            let other = RunningIngress.signature(body, Secret(text: "another app's secret"))
            let cut = String(good.dropLast()), code = String(good.dropFirst(7))
            for signature in ["", "sha256=", other, cut, "sha1=" + code, good + "0"] {
                let answer = try await ingress.deliver(body, signature: signature)
                let text = String(decoding: answer.body, as: UTF8.self)
                #expect(answer.status == 401 && text.contains("SIGNATURE_INVALID"))
                for secret in ["ascuns", "37369000001", "wamid", code] { #expect(!text.contains(secret)) }
            }
            #expect(try await ingress.events == 0)
            #expect(try await ingress.deliver(body).status == 200)
            for secret in ["ascuns", "37369000001", "wamid", "Ana", "the app secret", code] {
                #expect(!ingress.log.contains(secret), "\(secret)")
                #expect(!ingress.metrics.render().contains(secret), "\(secret)")
            }
            #expect(ingress.log.contains("webhook.accepted") && ingress.log.contains("webhook.refused"))
        }
    }

    @Test func `acknowledges a number that is not ours and does not act upon it`() async throws {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let body = RunningIngress.text("wamid.A", at: at, number: "811")
            #expect(try await ingress.deliver(body).status == 200)
            #expect(try await ingress.events == 0)
            #expect(ingress.metrics.render().contains("till_ingress_events_not_ours_total 1\n"))
        }
    }

    @Test func `takes a body of almost three megabytes and none above`() async throws {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            let large = RunningIngress.text("wamid.A", at: at, body: String(repeating: "a", count: 3_100_000))
            #expect(try await ingress.deliver(large).status == 200)
            #expect(try await ingress.events == 1)
            let above = RunningIngress.text("wamid.B", at: at, body: String(repeating: "a", count: 3 << 20))
            #expect(try await ingress.deliver(above).status == 413)
            #expect(try await ingress.events == 1)
        }
    }

    @Test func `keeps a person one conversation whichever identity a message shows`() async throws {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            for (wamid, from, user) in [
                ("w1", nil, "MD.2"), ("w2", "37369000001", "MD.1"), ("w3", nil, "MD.1"),
                ("w4", "37369000001", nil),
            ] as [(String, String?, String?)] {
                let body = RunningIngress.text(wamid, from: from, user: user, at: at)
                #expect(try await ingress.deliver(body).status == 200)
            }
            let rows = try await ingress.rows.query("select peer from channel.inbound_event order by seq")
            #expect(
                try rows.map { try $0.text("peer") } == ["MD.2", "37369000001", "37369000001", "37369000001"])
            #expect(try await ingress.count("select count(*) from channel.conversation") == 2)
        }
    }

    @Test func `moves the window by the event's own time, never back and never into the future`() async throws
    {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            func window() async throws -> Timestamp? {
                try await ingress.rows.query("select last_inbound_at from channel.conversation").one()
                    .timestampOrNil("last_inbound_at")
            }
            let steps = [
                ("w1", at - 90_000, at - 90_000), ("w2", at - 60, at - 60), ("w3", at - 80, at - 60),
            ]
            for (wamid, seconds, expected) in steps {
                #expect(try await ingress.deliver(RunningIngress.text(wamid, at: seconds)).status == 200)
                #expect(try await window() == Timestamp(seconds: expected))
            }
            #expect(try await ingress.deliver(RunningIngress.text("w4", at: at + 86_400)).status == 200)
            let last = try #require(try await window())
            #expect(last > Timestamp(seconds: at - 60) && last <= World.forWireTests.now())
        }
    }

    /// Meta's stamps are whole seconds. Whoever was told by Meta that a window is closed waits for a later word, and
    /// another word of that second is one; the same word delivered again is not.
    @Test func `takes another word of the same second for a later one, and a repeat for none`() async throws {
        let at = now - 60
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            func window() async throws -> Int64 {
                let row = try await ingress.rows.query("select last_inbound_at from channel.conversation")
                    .one()
                return try row.timestamp("last_inbound_at").microseconds - at * 1_000_000
            }
            let steps: [(String, Int64, Int64)] = [
                ("w1", at, 0), ("w1", at, 0), ("w2", at, 1), ("w1", at, 1), ("w2", at, 1), ("w3", at, 2),
                ("w4", at - 1, 2), ("w5", at + 1, 1_000_000), ("w3", at, 1_000_000),
            ]
            for (wamid, seconds, expected) in steps {
                #expect(try await ingress.deliver(RunningIngress.text(wamid, at: seconds)).status == 200)
                #expect(try await window() == expected, "\(wamid)")
            }
        }
    }

    @Test func `sets aside a message that is older than any redelivery`() async throws {
        let at = now
        try await RunningIngress.with(try await .shared()) { (ingress) async throws in
            for _ in 0..<2 {
                #expect(
                    try await ingress.deliver(RunningIngress.text("w1", at: at - 9 * 86_400)).status == 200)
            }
            let row = try await ingress.rows.query("select state, last_error from channel.inbound_event")
                .one()
            #expect(try row.text("state") == "parked" && row.text("last_error") == "TOO_OLD")
        }
    }

    @Test func `keeps every recorded body where the classifier puts it`() async throws {
        guard let folder = Vectors.folder("webhooks") else { return print("skipped, no vectors") }
        var bodies: [[UInt8]] = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".json")
        {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + "/" + file)))
            for member in try JSONValue(parsing: bytes).members {
                var writer = JSONWriter(escaping: .asMeta)
                writer.value(member.value)
                bodies.append(writer.bytes)
            }
        }
        var signers = WebhookSigners()
        var expected: [String: Int] = [:]
        var names = Set<String>()
        for body in bodies {
            for item in WebhookClassifier.items(in: body) {
                signers.add(
                    secret: RunningIngress.secret, phoneNumberId: item.phoneNumberId ?? "-",
                    wabaId: item.wabaId)
                let event = InboundEvent(item, receivedAt: Timestamp(seconds: now), requestId: "req_1")
                if names.insert("\(event.dedupKey) \(event.lane) \(event.eventAt)").inserted {
                    expected[event.lane.rawValue, default: 0] += 1
                }
            }
        }
        let sent = bodies, lanes = expected
        try await RunningIngress.with(try await .shared(), signers: signers) { (ingress) async throws in
            for body in sent + sent { #expect(try await ingress.deliver(body).status == 200) }
            let rows = try await ingress.rows.query(
                "select lane, count(*) as n from channel.inbound_event group by lane")
            for row in rows {
                let lane = try row.text("lane"), count = Int(try row.int8("n"))
                #expect(count == lanes[lane], "\(lane)")
            }
            #expect(rows.count == lanes.count)
        }
    }
}

enum Vectors {
    /// Beside the repository; nil in a clone without them.
    static func folder(_ name: String, from file: String = #filePath) -> String? {
        let root = file.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
        let folder = root + "/../shared/vectors/" + name
        return FileManager.default.fileExists(atPath: folder) ? folder : nil
    }
}
