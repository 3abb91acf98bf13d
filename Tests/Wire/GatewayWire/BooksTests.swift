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

    /// What a history has made so far.
    private struct History {
        var opened: [String] = []
        /// Buttons, of whatever age, with whose they are.
        var buttons: [(handle: String, seller: String)] = []
        var renewed = 0
    }

    /// One random step; what it refuses is part of a history too.
    private func step(
        _ gateway: RunningGateway, _ dice: inout Dice, _ history: inout History, _ number: Int
    ) async throws {
        gateway.clock.advance(by: .seconds(Int64(dice.roll(2_400))))
        switch dice.roll(14) {
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
                history.opened.append(known.paymentId)
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
            guard !history.opened.isEmpty else { return }
            do { _ = try await gateway.afterSale.cancel(dice.pick(history.opened)) } catch is Problem {}
        case 9, 10:
            // Under every ended payment there is a button.
            for id in history.opened.shuffled(by: &dice).prefix(8) {
                guard let handle = try await gateway.renewals.mint(id, key: "b\(number)"),
                    let record = try await gateway.store.find(id)
                else { continue }
                history.buttons.append((handle.handle, record.order.posUserId))
            }
        case 11, 12:
            // Of which any is tapped, at the other phone of its seller, once or again; perhaps another cancels what it
            // made before it is paid.
            guard !history.buttons.isEmpty else { return }
            let button = dice.pick(history.buttons)
            gateway.bank.state.withLock { $0.troubles = dice.roll(4) == 0 ? [.lostAfterwards] : [] }
            do {
                let made = try await gateway.renew(button.handle, "r\(number)", seller: button.seller)
                if made.isNew {
                    history.opened.append(made.view.paymentId)
                    history.renewed += 1
                }
                if dice.roll(4) == 0 { _ = try await gateway.afterSale.cancel(made.view.paymentId) }
            } catch is Problem {}
            gateway.bank.state.withLock { $0.troubles = [] }
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
            var history = History()
            for number in 0..<320 { try await step(gateway, &dice, &history, number) }
            #expect(history.renewed > 4)
            // Whatever the bank has closed and we have not heard of comes in the end.
            for payment in gateway.bank.state.withLock({ Array($0.payments.values) }) {
                if let status = RailStatus(payment.status) { try await deliver(gateway, payment, status) }
            }
            try await compare(gateway)
            // Orders of which an older link was paid, and some of which two were.
            #expect(try await gateway.count("payment", "superseded_by is not null") > 0)
        }
    }

    /// The orders that payments are of: a renewed one is its first payment's.
    private func orders(_ gateway: RunningGateway) async throws -> [String: String] {
        let rows = try await gateway.pool.query(
            """
            select p.payment_id, coalesce(u.origin_id, p.payment_id) from gateway.payment p
            left join gateway.renewal_use u on u.payment_id = p.payment_id
            """)
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.text(0), try $0.text(1)) })
    }

    private func compare(_ gateway: RunningGateway) async throws {
        let orders = try await orders(gateway)
        func order(_ paymentId: String) throws -> String { try #require(orders[paymentId]) }
        // The bank's own books: what an order was paid first is sold, whatever comes for it after that is too much.
        var sold: [String: Int64] = [:], again: Int64 = 0
        for payment in gateway.bank.state.withLock({ Array($0.payments.values) })
        where payment.status == .success {
            let row = try await gateway.pool.query(
                "select payment_id from gateway.attempt where attempt_id = $1", [.text(payment.orderId)]
            ).one()
            let minor = try payment.money().minorUnits
            if sold.updateValue(minor, forKey: try order(row.text(0))) != nil { again += minor }
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
        #expect(list.allSatisfy { $0.status == .paid })
        let sales = list.filter { $0.supersededBy == nil }
        var listed: [String: Int64] = [:]
        for sale in sales {
            let before = listed.updateValue(sale.amount.minorUnits, forKey: try order(sale.paymentId))
            #expect(before == nil, "one order sold twice")
        }
        #expect(listed == sold)

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
            if !row[paidAt].isEmpty {
                #expect(filed.updateValue(try minor(row[amount]), forKey: try order(row[0])) == nil)
            }
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
                let before = trail.updateValue(minor, forKey: try order(event.subject))
                #expect(before == nil, "paid twice in the trail")
                let at = try #require(event.detail["at"].flatMap { Timestamp(rfc3339: $0) })
                trailDays[day(at), default: 0] += minor
            case "payment.paidAgain": trailAgain += minor
            default: break
            }
        }
        #expect(trail == sold && trailAgain == again)

        // Every day of every seller, by tag, as `today` asks for it.
        var expected: [Slot: Sum] = [:], days: Set<Int64> = []
        for view in sales {
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
