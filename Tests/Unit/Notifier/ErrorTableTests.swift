// Every error code of the Cloud API against its row in Tests/Vectors/messages/graph-errors.table: what the
// notifier does with the message when the code comes as an answer, when it comes in a status, when it tries
// again, and who hears of it.
import Contracts
import HTTPWire
import Testing
import WhatsApp

@testable import Notifier

@Suite struct `The table of Meta's error codes` {
    private struct Row {
        let code: Int
        let action: String
        let waits: [Int]
        let alert: String
        let answered: String
        let told: String
    }

    private func rows() throws -> [Row] {
        try lines("Tests/Vectors/messages/graph-errors.table").map { line in
            let words = line.split(separator: "|").map { word in
                word.split(separator: " ").joined(separator: " ")
            }
            try #require(words.count == 7, "not seven columns: \(line)")
            return Row(
                code: try #require(Int(words[0])), action: words[1],
                waits: words[2] == "-" ? [] : words[2].split(separator: ",").compactMap { Int($0) },
                alert: words[3], answered: words[4], told: words[5])
        }
    }

    @Test func `is the table in the program, row by row`() throws {
        let rows = try rows()
        #expect(Set(rows.map(\.code)) == Set(GraphErrorReaction.table.keys))
        #expect(rows.count == GraphErrorReaction.table.count)
        for row in rows {
            let reaction = GraphErrorReaction.reaction(to: row.code, httpStatus: 0)
            #expect(reaction.action.rawValue + (reaction.isOurBug ? "!" : "") == row.action, "\(row.code)")
            #expect(reaction.alert.rawValue == row.alert, "\(row.code)")
            #expect((1...3).compactMap(reaction.delaySeconds) == row.waits, "\(row.code)")
        }
    }

    @Test func `is what happens to a message that is answered with the code`() throws {
        for row in try rows() {
            let body = Array(#"{"error":{"message":"x","code":\#(row.code)}}"#.utf8)
            let attempt = SendVerdict.Attempt(number: 1, refusals: 0, templateLeft: true, fraction: 0)
            let verdict = SendVerdict.of(.json(400, body), attempt)
            let step = try MessageState.next(.sending, verdict.event)
            #expect(Self.shown(step.state) == row.answered, "\(row.code)")
            if let first = row.waits.first { #expect(verdict.wait == .seconds(first), "\(row.code)") }
            // The last of many refusals stops it.
            let last = SendVerdict.Attempt(
                number: 10, refusals: RetrySchedule.refusalsMax - 1, templateLeft: true, fraction: 0)
            if !row.waits.isEmpty {
                let end = try MessageState.next(.sending, SendVerdict.of(.json(400, body), last).event)
                #expect(end.effects.contains(.showOperator) && end.state.name == .parked, "\(row.code)")
            }
        }
    }

    @Test func `is what happens to a message whose status brings the code`() throws {
        for row in try rows() {
            let happened = try #require(StatusBatch.happened(.failed, code: row.code))
            let event: MessageEvent =
                switch happened {
                case .windowRefused: .windowRefused(templateLeft: true)
                case .event(let event): event
                }
            #expect(Self.shown(try MessageState.next(.accepted, event).state) == row.told, "\(row.code)")
        }
    }

    private static func shown(_ state: MessageState) -> String {
        state.name.rawValue + (state.reason.map { "[\($0.label)]" } ?? "")
    }
}
