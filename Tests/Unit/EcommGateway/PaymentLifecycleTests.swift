// The state machine against the table in Tests/Vectors/payments/lifecycle.table, pair by pair, and the rules
// that no table shows.
import EcommGateway
import FoundationEssentials
import Testing

private struct Row {
    var to: String
    var effects: [String]
}

private func repositoryRoot(_ file: StaticString = #filePath) -> URL {
    var url = URL(filePath: "\(file)")
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url
}

private func table() throws -> [String: Row] {
    let url = repositoryRoot().appending(path: "Tests/Vectors/payments/lifecycle.table")
    var rows: [String: Row] = [:]
    for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#")
    {
        let columns = line.split(separator: " ").map(String.init)
        try #require(columns.count == 4, "a row has four columns: \(line)")
        for state in columns[0].split(separator: ",") {
            for event in columns[1].split(separator: ",") {
                let effects = columns[3] == "-" ? [] : columns[3].split(separator: ",").map(String.init)
                let row = Row(to: columns[2] == "=" ? String(state) : columns[2], effects: effects)
                let before = rows.updateValue(row, forKey: "\(state) \(event)")
                #expect(before == nil, "\(state) \(event) twice")
            }
        }
    }
    return rows
}

@Suite struct `A payment's life` {
    @Test func `is what the table says, for every state and event`() throws {
        var rows = try table()
        for state in PaymentState.allCases {
            for event in PaymentEvent.allCases {
                let found = rows.removeValue(forKey: "\(state) \(event)")
                let row = try #require(found, "no row for \(state) \(event)")
                do {
                    let (next, effects) = try PaymentState.next(state, event)
                    #expect(next.rawValue == row.to, "\(state) \(event)")
                    #expect(effects.map(\.rawValue) == row.effects, "\(state) \(event)")
                } catch {
                    #expect(row.to == "!" && row.effects == [error.rawValue], "\(state) \(event)")
                }
            }
        }
        #expect(rows.isEmpty, "rows for what does not exist: \(rows.keys.sorted())")
    }

    @Test func `never leaves a final state, but for money after our own end and for refunds`() throws {
        for state in PaymentState.allCases where state.isFinal {
            for event in PaymentEvent.allCases {
                guard let next = try? PaymentState.next(state, event).state, next != state else { continue }
                let late = [.lapsed, .cancelled].contains(state) && event == .bankPaid && next == .paid
                let other = event == .otherLinkPaid && next == .paid
                let refund = [.partRefunded, .restRefunded].contains(event)
                #expect(late || other || refund, "\(state) \(event) \(next)")
            }
        }
    }

    @Test func `tells an outcome only when it changes something`() throws {
        for state in PaymentState.allCases {
            for event in PaymentEvent.allCases {
                guard let (next, effects) = try? PaymentState.next(state, event), next == state else {
                    continue
                }
                #expect(
                    effects.allSatisfy {
                        [.flagContradiction, .tellRefunded, .tellPaidAgain].contains($0)
                    },
                    "\(state) \(event)")
            }
        }
    }

    @Test func `has one word for its two ways to expire and not to know, and its own for the rest`() {
        #expect(PaymentState.lapsed.status == "expired" && PaymentState.unconfirmed.status == "unknown")
        for state in PaymentState.allCases where ![.lapsed, .unconfirmed].contains(state) {
            #expect(state.status == state.rawValue)
        }
    }
}
