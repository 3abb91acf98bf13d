// Statuses in any order and any batches: a message's end depends on what was said of it, not on when or beside what.
import Contracts
import Testing
import WhatsApp
import World

@testable import Notifier

@Suite struct `A batch of statuses` {
    private let now = Timestamp(seconds: 1_795_000_000)

    private func row(_ id: String, _ state: MessageState = .accepted, attempts: Int = 1) -> LockedMessage {
        LockedMessage(
            messageId: id, conversation: Conversation(phoneNumberId: "8", peer: "p\(id)"), state: state,
            kind: "outcome", templateOnly: false, attempts: attempts, refusals: 0, fence: 1, leaseUntil: nil,
            runAt: now, seq: 1)
    }

    private func target(
        _ row: LockedMessage, isChat: Bool = true, isNamed: Bool = true, isLeader: Bool = true
    )
        -> StatusBatch.Target
    {
        StatusBatch.Target(
            wamid: "w", attempt: row.attempts, isNamed: isNamed, isLeader: isLeader, row: row,
            sent: SentAttempt(isChat: isChat, inboundAt: now))
    }

    private func heard(_ word: String, code: Int? = nil, wamid: String = "w") -> StatusBatch.Heard {
        StatusBatch.Heard(
            event: StatusEvent(
                seq: 1, eventAt: now, payload: [], requestId: "r", receivedAt: now, attempts: 0,
                phoneNumberId: "8"),
            status: MessageStatus(wamid: wamid, status: StatusWord(word), code: code))
    }

    @Test func `leads to the same end in every order, twice over and cut anywhere`() {
        let world = SeededWorld(seed: 42).world
        for _ in 0..<400 {
            var words = ["sent", "delivered", "read", "failed"].filter { _ in world.fraction() < 0.6 }
            if words.isEmpty { words = ["sent"] }
            let start: MessageState = world.fraction() < 0.5 ? .accepted : .unresolved
            var ends: Set<MessageState> = []
            for _ in 0..<6 {
                var said = (words + words.filter { _ in world.fraction() < 0.3 }).map {
                    heard($0, code: $0 == "failed" ? 131_026 : nil)
                }
                for index in said.indices.reversed() {
                    said.swapAt(index, Int(world.fraction() * Double(index + 1)))
                }
                var state = row("1", start)
                while !said.isEmpty {
                    let batch = StatusBatch(
                        Array(said.prefix(1 + Int(world.fraction() * 3))), [target(state)], now: now)
                    said.removeFirst(batch.outcomes.count)
                    state = batch.writes["1"]?.row ?? state
                }
                ends.insert(state.state)
            }
            let rank = words.map { StatusRank(StatusWord($0)) }.max()
            let wanted: MessageState =
                switch rank {
                case .read, .played: .read
                case .delivered: .delivered
                case .failed: .failed(.graph(131_026))
                case .sent, .none?, nil: .sent
                }
            #expect(ends == [wanted], "\(words) from \(start)")
        }
    }

    @Test func `settles everybody who was told in the same bubble`() {
        let targets = [
            target(row("1")), target(row("2"), isLeader: false), target(row("3"), isLeader: false),
        ]
        let batch = StatusBatch([heard("sent"), heard("read")], targets, now: now)
        #expect(Set(batch.writes.keys) == ["1", "2", "3"])
        #expect(batch.writes.values.allSatisfy { $0.row.state == .read })
        #expect(batch.prices.count == 1)
    }

    @Test func `names a bubble by its first message alone, and keeps what speaks of nobody`() {
        let targets = [target(row("1"), isNamed: false), target(row("2"), isNamed: false, isLeader: false)]
        let batch = StatusBatch([heard("sent"), heard("sent", wamid: "stranger")], targets, now: now)
        #expect(batch.names["w"]?.messageId == "1")
        #expect(batch.orphans.map(\.status.wamid) == ["stranger"])
    }

    @Test func `lets a failure of an attempt that was followed by another change nothing`() {
        var old = target(row("1", .queued, attempts: 2))
        old.attempt = 1
        #expect(StatusBatch([heard("failed", code: 131_047)], [old], now: now).writes.isEmpty)
        #expect(StatusBatch([heard("delivered")], [old], now: now).writes["1"]?.row.state == .delivered)
    }

    @Test func `gives a refused window its template, and the conversation its turn`() {
        let batch = StatusBatch([heard("failed", code: 131_047)], [target(row("1"))], now: now)
        #expect(batch.writes["1"]?.row.state == .queued)
        #expect(batch.writes["1"]?.row.templateOnly == true)
        #expect(batch.disproved.map(\.inboundAt) == [now])
        #expect(batch.turns.values.first == now)
    }

    @Test func `raises the alarm when a person's identity key has changed`() {
        let batch = StatusBatch([heard("failed", code: 137_000)], [target(row("1"))], now: now)
        #expect(batch.alarms == [row("1").conversation: now])
        #expect(batch.writes["1"]?.row.state == .held(.identityDoubt))
        #expect(StatusBatch([heard("failed", code: 131_026)], [target(row("1"))], now: now).alarms.isEmpty)
    }
}

@Suite struct `The price of a message` {
    private func status(_ json: String) throws -> MessageStatus {
        try MessageStatus(envelope: Array(#"{"status":{"id":"w",\#(json)}}"#.utf8))
    }

    @Test func `is what Meta states, else what its form says once it has reached somebody`() throws {
        let stated = try status(
            #""status":"sent","pricing":{"category":"utility","type":"regular","pricing_model":"PMP"}"#)
        #expect(try #require(MessagePrice.of(stated, wasChat: true)) == ("utility", "regular"))
        let silent = try status(#""status":"delivered""#)
        #expect(try #require(MessagePrice.of(silent, wasChat: true)) == ("service", "unstated"))
        #expect(try #require(MessagePrice.of(silent, wasChat: false)) == ("utility", "unstated"))
        #expect(MessagePrice.of(try status(#""status":"sent""#), wasChat: true) == nil)
        #expect(MessagePrice.of(try status(#""status":"failed""#), wasChat: true) == nil)
        let invented = try status(#""status":"sent","pricing":{"category":"x y","type":"z"}"#)
        #expect(try #require(MessagePrice.of(invented, wasChat: true)) == ("other", "other"))
    }

    @Test func `counts a thousand service messages as free and the rest as billed`() {
        let lines = [
            CostLine(category: "service", type: "free_customer_service", messages: 900),
            CostLine(category: "service", type: "unstated", messages: 250),
            CostLine(category: "utility", type: "unstated", messages: 7),
            CostLine(category: "utility", type: "regular", messages: 5),
            CostLine(category: "marketing", type: "free_entry_point", messages: 3),
        ]
        #expect(MessagePrice.billed(lines) == 150 + 7 + 5)
        #expect(MessagePrice.freeServiceLeft(lines) == 0)
        #expect(MessagePrice.freeServiceLeft([]) == 1_000)
    }

    @Test(arguments: ["2026-13", "2026-00", "2026-1", "1999-10", "2026/10", "", "2026-10-01", "٢٠٢٦-10"])
    func `takes no month but a calendar month`(text: String) { #expect(!MessagePrice.isMonth(text)) }

    @Test func `knows the month of a moment`() {
        #expect(MessagePrice.month(Timestamp(seconds: 1_795_000_000)) == "2026-11")
        #expect(MessagePrice.isMonth("2026-11"))
    }
}
