// Which statement keeps a batch, and in which order its rows are locked.
import Postgres
import Testing
import WhatsApp
import World

@testable import WebhookIngress

@Suite struct `A batch as arrays` {
    private static let now = Timestamp(seconds: 1_790_000_000)

    private static func event(
        _ name: String, _ lane: WebhookLane = .messages, phone: String? = "37369000001", user: String? = nil,
        number: String? = "800", at seconds: Int64 = 1_789_999_990, opens: Bool = true
    ) -> InboundEvent {
        let item = WebhookItem(
            lane: lane, dedupKey: name, eventAt: seconds, wabaId: "900", phoneNumberId: number, waId: phone,
            userId: user, opensWindow: opens, payload: [1])
        return InboundEvent(item, receivedAt: now, requestId: "req_" + name)
    }

    private static func rows(_ events: [InboundEvent], tells: Bool = true) -> EventRows {
        EventRows(events, now: now, tellsOfStatuses: tells)
    }

    @Test func `names each person once, in the order of number and phone`() throws {
        let events = [
            Self.event("a", phone: "9", user: "MD.9", at: 1_789_900_010),
            Self.event("b", phone: "10", at: 1_789_900_020),
            Self.event("c", phone: "9", at: 1_789_900_030),
            Self.event("d", phone: "9", number: "79", opens: false),
            Self.event("e", phone: "10", at: 2_000_000_000), Self.event("f", .statuses, phone: "8"),
        ]
        let people = try #require(KnownPeople(events, now: Self.now))
        #expect(
            people.all == [
                .init(number: "79", phone: "9", userId: nil, heardAt: nil),
                .init(number: "800", phone: "10", userId: nil, heardAt: Self.now),
                .init(number: "800", phone: "9", userId: "MD.9", heardAt: Timestamp(seconds: 1_789_900_030)),
            ])
    }

    @Test(arguments: [
        event("a", phone: nil, user: "MD.1"), event("a", phone: "+373"), event("a", phone: ""),
        event("a", number: nil), event("a", number: "sandbox"), event("a", at: 1_700_000_000),
        event("a", user: "MD.2"),
    ])
    func `goes by the general statement when it is not as simple`(odd: InboundEvent) {
        let plain = Self.event("b", user: "MD.1")
        #expect(Self.rows([plain]).statement == EventQueries.keepByPhone)
        #expect(Self.rows([plain, odd]).statement == EventQueries.keep)
        #expect(Self.rows([odd, plain]).statement == EventQueries.keep)
        var status = odd
        status.lane = .statuses
        #expect(Self.rows([plain, status]).statement == EventQueries.keepByPhone, "of people who wrote")
        #expect(Self.rows([status]).statement == EventQueries.keepOthers)
    }

    @Test func `is locked by the bytes of its names, and numbered as it came`() {
        let names = ["b", "a", "ț", "Z", "a", "z", "ab", "é"]
        let values = Self.rows(names.map { Self.event($0) }).values
        #expect(values[7] == .textArray(["Z", "a", "a", "ab", "b", "z", "é", "ț"]))
        #expect(values[13] == .int8Array([4, 2, 5, 7, 1, 6, 8, 3]))
    }

    @Test func `says once what all have, and of each what they have not`() {
        let one = Self.rows([Self.event("a"), Self.event("b")]).values
        #expect(one[0] == .text("800") && one[1] == .textArray([]) && one[9] == .textArray([]))
        #expect(one[5] == .text("messages") && one[6] == .textArray([]))
        let two = Self.rows([Self.event("a"), Self.event("b", number: "79"), Self.event("c", .statuses)])
            .values
        #expect(two[0] == .text(nil) && two[1] == .textArray(["79", "800"]))
        #expect(two[9] == .textArray(["800", "79", "800"]))
        #expect(two[5] == .text(nil) && two[6] == .textArray(["messages", "messages", "statuses"]))
    }

    @Test func `tells of payments always, of statuses when it is time`() {
        let events = [Self.event("a"), Self.event("b", .statuses), Self.event("c", .payments)]
        #expect(Self.rows(events).values.last == .textArray(["payments", "statuses"]))
        #expect(Self.rows(events, tells: false).values.last == .textArray(["payments"]))
        #expect(Self.rows([events[1]], tells: true).values.last == .textArray(["statuses"]))
        #expect(Self.rows([events[1]], tells: false).values.last == .textArray([]))
    }
}
