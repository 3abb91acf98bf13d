// The message machine against its table, and the promises that no table can show.
import Contracts
import FoundationEssentials
import Lifecycle
import Notifier
import Testing

@Suite struct `An outbound message` {
    private static let states: [(String, MessageState)] = [
        ("queued", .queued), ("sending", .sending), ("accepted", .accepted), ("sent", .sent),
        ("delivered", .delivered), ("read", .read), ("failed", .failed(.graph(131_049))),
        ("held", .held(.templateMissing)), ("unresolved", .unresolved), ("expired", .expired),
        ("parked", .parked(.graph(131_008))),
    ]
    private static let events: [(String, MessageEvent)] = [
        ("claimed", .claimed), ("heldBack", .heldBack(.windowClosed)), ("holdEnded", .holdEnded),
        ("deadlinePassed", .deadlinePassed), ("overtaken", .overtaken),
        ("contentUnreadable", .contentUnreadable),
        ("graphAccepted", .graphAccepted), ("notSent", .notSent), ("answerLost", .answerLost),
        ("leaseLost", .leaseLost), ("refusedForNow", .refusedForNow(131_000)),
        ("refusedForGood", .refusedForGood(131_026)), ("accountRefused", .accountRefused(190)),
        ("windowRefusedTemplateLeft", .windowRefused(templateLeft: true)),
        ("windowRefused", .windowRefused(templateLeft: false)), ("attemptsExhausted", .attemptsExhausted(2)),
        ("templateRefused", .templateRefused(132_015)), ("identityRefused", .identityRefused(137_000)),
        ("statusSent", .statusSent), ("statusDelivered", .statusDelivered), ("statusRead", .statusRead),
        ("statusFailed", .statusFailed(131_026)), ("graceEnded", .graceEnded), ("laterHeard", .laterHeard),
        ("replayAsked", .replayAsked),
    ]

    @Test func `moves exactly as its table says, and refuses every pair the table does not list`() throws {
        var rows: [String: (String, String)] = [:]
        for line in try lines("Tests/Vectors/messages/lifecycle.table") {
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == 4, "not four columns: \(line)")
            rows[words[0] + " " + words[1]] = (words[2], words[3])
        }
        for (stateName, state) in Self.states {
            for (eventName, event) in Self.events {
                let row = rows.removeValue(forKey: stateName + " " + eventName)
                let step = try? MessageState.next(state, event)
                guard let row else {
                    #expect(step == nil, "\(stateName) \(eventName) is not in the table")
                    continue
                }
                let effects = step.map { $0.effects.map(\.rawValue).joined(separator: ",") }
                #expect(step.map { $0.state == state && row.0 == "=" ? "=" : shown($0.state) } == row.0)
                #expect(effects.map { $0.isEmpty ? "-" : $0 } == row.1, "\(stateName) \(eventName)")
            }
        }
        #expect(rows.isEmpty, "the table names what does not exist: \(rows.keys.sorted())")
    }

    @Test func `is never sent again from a state in which its answer may have been lost`() {
        for (name, state) in Self.states where name != "queued" {
            #expect(throws: MessageRefusal.self, "\(name)") { try MessageState.next(state, .claimed) }
        }
        #expect(throws: MessageRefusal.self) { try MessageState.next(.unresolved, .replayAsked) }
        #expect(throws: MessageRefusal.self) { try MessageState.next(.unresolved, .notSent) }
    }

    @Test func `keeps its best news whatever order the statuses come in`() throws {
        let statuses: [MessageEvent] = [.statusSent, .statusDelivered, .statusRead]
        for first in statuses {
            for second in statuses {
                for third in statuses {
                    var state = MessageState.accepted
                    for event in [first, second, third] { state = try MessageState.next(state, event).state }
                    let best =
                        [first, second, third].contains(.statusRead)
                        ? MessageState.read
                        : [first, second, third].contains(.statusDelivered) ? .delivered : .sent
                    #expect(state == best)
                }
            }
        }
    }

    @Test func `is drawn in the README with every state it can have`() throws {
        let text = try lines("Services/Notifier/README.md").joined(separator: "\n")
        for status in MessageStatusName.allCases { #expect(text.contains(status.rawValue)) }
    }

    @Test func `is sent as the README's list of variables configures it`() throws {
        let text = try lines("Services/Notifier/README.md").joined(separator: "\n")
        let own = NotifierConfig.keys.filter {
            !CommonKeys.program.contains($0) && !CommonKeys.database.contains($0)
        }
        for key in own {
            #expect(text.contains(key.name) || key.name == CommonKeys.tillFile.name, "\(key.name)")
        }
    }

    @Test func `is stored under the words the table's CHECK lists`() throws {
        let sql = try lines("Services/Notifier/Migrations/0001_outbox.sql").joined(separator: " ")
        let list = try #require(sql.firstRange(of: "check (state in ("))
        let words = sql[list.upperBound...].prefix { $0 != ")" }.split(separator: "'").map(String.init)
        let states = words.filter { $0.allSatisfy(\.isLetter) }
        #expect(Set(states) == Set(MessageStatusName.allCases.map(\.rawValue)))
    }

    @Test func `reads back from the words it is stored as`() {
        for (_, state) in Self.states {
            #expect(MessageState(name: state.name, reason: state.reason?.text) == state)
        }
        #expect(Set(Self.states.map(\.1.name)) == Set(MessageStatusName.allCases))
        #expect(MessageState(name: .parked, reason: nil) == nil)
        #expect(MessageState(name: .parked, reason: "no such reason") == nil)
    }

    @Test(arguments: [
        MessageReason.windowClosed, .templateMissing, .identityDoubt, .account(190), .graph(131_026),
        .attemptsExhausted(0), .answerNeverCame, .neverArrived, .unreadableContent, .numberUnknown,
    ])
    func `tells its reason in a word that reads back`(reason: MessageReason) {
        #expect(MessageReason(text: reason.text) == reason)
        #expect(!reason.label.contains(":"))
    }

    private func shown(_ state: MessageState) -> String {
        state.name.rawValue + (state.reason.map { "[\($0.text)]" } ?? "")
    }
}
