// One truth in five places: random histories, and then the day's totals, the list, the file, the bank's trail and the
// bank's own books must say the same, to the last ban.
import Contracts
import Copy
import Mia
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

/// SplitMix64: a history is a function of its seed.
private struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) >> 1) % sides
    }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
}

/// A sum by day, seller and tag.
private struct Slot: Hashable {
    var day: Int64
    var seller: String
    var tag: String?
}
private struct Sum: Equatable {
    var count = 0
    var minor: Int64 = 0
}

private func day(_ moment: Timestamp) -> Int64 { CivilTime(moment, at: .chisinau).date.daysSince1970 }

private func midnight(_ day: Int64) -> Timestamp {
    let guess = Timestamp(seconds: day * 86_400)
    let near = Timestamp(seconds: day * 86_400 - WallClock.chisinau.offsetSeconds(at: guess))
    return Timestamp(seconds: day * 86_400 - WallClock.chisinau.offsetSeconds(at: near))
}

/// RFC 4180, as strict as a reader may be.
private func cells(_ text: String) -> [[String]] {
    var rows: [[String]] = [], row: [String] = [], cell = "", isQuoted = false
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
        switch (isQuoted, scalar) {
        case (true, "\"") where rest.first == "\"":
            rest.removeFirst()
            cell.unicodeScalars.append("\"")
        case (_, "\""): isQuoted.toggle()
        case (false, ","):
            row.append(cell)
            cell = ""
        case (false, "\r") where rest.first == "\n":
            rest.removeFirst()
            rows.append(row + [cell])
            (row, cell) = ([], "")
        default: cell.unicodeScalars.append(scalar)
        }
    }
    return rows
}

@Suite struct `The books` {
    private static let tags: [String?] = [nil, "cafea", "=1+1", "Țară", "a,b"]
    private static let sellers = [("u1", "128"), ("u2", "128"), ("u3", "129")]

    /// One random step; what it refuses is part of a history too.
    private func step(_ gateway: RunningGateway, _ dice: inout Dice, _ opened: inout [String], _ number: Int)
        async throws
    {
        gateway.clock.advance(by: .seconds(Int64(dice.roll(2_400))))
        switch dice.roll(10) {
        case 0...3:
            let troubles: [[FakeBank.Trouble]] = [
                [], [], [], [.lostAfterwards], [.lostAfterwards, .lostAfterwards], [.status(400, "")],
                [.lostAfterwards, .lostBefore, .lostAfterwards],
            ]
            let trouble = dice.pick(troubles)
            gateway.bank.state.withLock { $0.troubles = trouble }
            var order = dice.roll(5) == 0 ? RunningGateway.request : RunningGateway.order
            (order.posUserId, order.merchantId) = dice.pick(Self.sellers)
            order.tag = dice.pick(Self.tags)
            order.amount.minorUnits = Int64(1 + dice.roll(500_000))
            order.limits = MerchantLimits(perPayment: 450_000, perDay: 4_000_000)
            do { _ = try await gateway.open("k\(number)", order) } catch is Problem {}
            gateway.bank.state.withLock { $0.troubles = [] }
            if let known = try await gateway.store.find(
                caller: "command-router", idempotencyKey: "k\(number)")
            {
                opened.append(known.paymentId)
            }
        case 4...7:
            // Something happens to a payment at the bank; its callback comes, comes twice, or is lost.
            let known = gateway.bank.state.withLock {
                $0.payments.values.sorted { $0.paymentId < $1.paymentId }
            }
            let alive = known.filter { [.created, .pending].contains($0.status) }
            guard !alive.isEmpty else { return }
            let payment = dice.pick(alive)
            let status = dice.pick([RailStatus.paid, .paid, .paid, .pending, .failed, .declined, .expired])
            gateway.bank.set(
                try #require(MiaStatus.known.first { RailStatus($0) == status }), ofOrder: payment.orderId)
            for _ in 0..<dice.roll(3) { try await deliver(gateway, payment, status) }
        case 8:
            guard !opened.isEmpty else { return }
            do { _ = try await gateway.afterSale.cancel(dice.pick(opened)) } catch is Problem {}
        default: try await gateway.lookAtWhatIsDue()
        }
    }

    private func deliver(_ gateway: RunningGateway, _ payment: MiaPayment, _ status: RailStatus) async throws
    {
        let row = try await gateway.pool.query(
            "select payment_id from gateway.attempt where attempt_id = $1", [.text(payment.orderId)]
        ).one()
        var news = RailNews(
            gateway.result("-", of: payment.orderId, terminal: payment.terminalId), status: status)
        news.amount = try payment.money()
        news.swiftMessageId = status == .paid ? "SWIFT-" + payment.paymentId : nil
        _ = try await gateway.news.apply(news, to: try row.text(0))
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `say the same everywhere after any history`(seed: UInt64) async throws {
        try await RunningGateway.with(seed: seed) { (gateway) async throws in
            var dice = Dice(state: seed)
            // Four days, the night of the longer day among them.
            gateway.clock.stop(at: try #require(Timestamp(rfc3339: "2026-10-23T07:00:00Z")))
            var opened: [String] = []
            for number in 0..<260 { try await step(gateway, &dice, &opened, number) }
            // Whatever the bank has closed and we have not heard of comes in the end.
            for payment in gateway.bank.state.withLock({ Array($0.payments.values) }) {
                if let status = RailStatus(payment.status) { try await deliver(gateway, payment, status) }
            }
            try await compare(gateway)
        }
    }

    private func compare(_ gateway: RunningGateway) async throws {
        // The bank's own books.
        var sold: [String: Int64] = [:], again: Int64 = 0
        for payment in gateway.bank.state.withLock({ Array($0.payments.values) })
        where payment.status == .success {
            let row = try await gateway.pool.query(
                "select payment_id from gateway.attempt where attempt_id = $1", [.text(payment.orderId)]
            ).one()
            let minor = try payment.money().minorUnits
            if sold.updateValue(minor, forKey: try row.text(0)) != nil { again += minor }
        }
        #expect(sold.count > 20, "a history in which little happens proves little")

        // The list, page by page.
        var list: [PaymentView] = [], filter = PaymentFilter()
        filter.paidFrom = Timestamp(seconds: 0)
        filter.limit = 7
        while true {
            let page = try await gateway.lists.list(filter, limit: filter.limit)
            list += page.map(\.view)
            guard page.count == filter.limit, let last = page.last else { break }
            filter.after = PaymentCursor(createdAt: last.createdAt, paymentId: last.paymentId)
        }
        let listed = Dictionary(uniqueKeysWithValues: list.map { ($0.paymentId, $0.amount.minorUnits) })
        #expect(listed == sold)
        #expect(list.allSatisfy { $0.status == .paid })

        // The file.
        let lines = try await gateway.lists.lines(PaymentFilter(), limit: 10_000)
        let rows = cells(PaymentCSV.header + lines.map { PaymentCSV.line($0) }.joined())
        let names = try #require(rows.first)
        func column(_ name: String) throws -> Int { try #require(names.firstIndex(of: name)) }
        let (paidAt, amount, extra) = (
            try column("paidAt"), try column("amount"), try column("receivedAgain")
        )
        #expect(rows.allSatisfy { $0.count == names.count })
        func minor(_ cell: String) throws -> Int64 { try Money(decimal: cell, currency: .mdl).minorUnits }
        var filed: [String: Int64] = [:], filedAgain: Int64 = 0
        for row in rows.dropFirst() {
            if !row[paidAt].isEmpty { filed[row[0]] = try minor(row[amount]) }
            if !row[extra].isEmpty { filedAgain += try minor(row[extra]) }
        }
        #expect(filed == sold && filedAgain == again)

        // The bank's trail.
        while try await gateway.count("bank_audit", "state = 'ready'") > 0 {
            gateway.clock.advance(by: .seconds(11))
            try await gateway.reportWhatIsDue()
        }
        var trail: [String: Int64] = [:], trailAgain: Int64 = 0, trailDays: [Int64: Int64] = [:]
        for (_, event) in gateway.keeper.kept.withLock({ $0 }) {
            let minor = Int64(event.detail["amountMinor"] ?? "") ?? 0
            switch event.action {
            case "payment.paid", "payment.paidLate":
                #expect(trail.updateValue(minor, forKey: event.subject) == nil, "paid twice in the trail")
                let at = try #require(event.detail["at"].flatMap { Timestamp(rfc3339: $0) })
                trailDays[day(at), default: 0] += minor
            case "payment.paidAgain": trailAgain += minor
            default: break
            }
        }
        #expect(trail == sold && trailAgain == again)

        // Every day of every seller, by tag, as `today` asks for it.
        var expected: [Slot: Sum] = [:], days: Set<Int64> = []
        for view in list {
            let record = try #require(try await gateway.store.find(view.paymentId))
            let slot = Slot(
                day: day(try #require(view.paidAt)), seller: record.order.posUserId, tag: view.tag)
            expected[slot, default: Sum()].count += 1
            expected[slot, default: Sum()].minor += view.amount.minorUnits
            days.insert(slot.day)
        }
        var found: [Slot: Sum] = [:], totalDays: [Int64: Int64] = [:]
        for day in (days.min() ?? 0)...(days.max() ?? 0) {
            for (seller, _) in Self.sellers {
                let totals = try await gateway.lists.totals(
                    PaymentFilter.ofTotals([
                        ("bankId", "moldbank"), ("posUserId", seller), ("from", midnight(day).description),
                        ("to", midnight(day + 1).description),
                    ]))
                for line in totals.lines {
                    found[Slot(day: day, seller: seller, tag: line.tag)] = Sum(
                        count: line.count, minor: line.amount.minorUnits)
                    totalDays[day, default: 0] += line.amount.minorUnits
                }
            }
        }
        #expect(found == expected && totalDays == trailDays)
        #expect(days.count >= 3)

        // Told: every sale once, and every further receipt.
        let receipts = try await gateway.count("receipt")
        #expect(try await gateway.count("outbox", "kind = 'paid'") == receipts)
        #expect(try await gateway.count("receipt", "remark is distinct from 'again'") == Int64(sold.count))
        // What counts against the merchants' days is what links brought or may still bring.
        let held = try await gateway.pool.query(
            "select coalesce(sum(amount_minor), 0)::int8 from gateway.merchant_day")
        let live = try await gateway.pool.query(
            """
            select coalesce(sum(amount_minor), 0)::int8 from gateway.payment
            where state in ('registering', 'open', 'pending', 'unconfirmed', 'paid')
            """)
        #expect(try held.one().int8(0) == live.one().int8(0))
    }
}
