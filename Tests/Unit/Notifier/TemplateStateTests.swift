// The template machine against its table, and what follows from a state for what is sent and submitted.
import Contracts
import FoundationEssentials
import Money
import Notifier
import Testing
import WhatsApp
import World

@Suite struct `A template's standing` {
    private static let events: [(String, TemplateEvent)] = [
        ("submitted", .submitted), ("notSubmitted", .notSubmitted), ("creationRefused", .creationRefused),
        ("absent", .absent), ("becameUtility", .categorised(isUtility: true)),
        ("becameMarketing", .categorised(isUtility: false)),
        ("approved", .reported(.approved, isUtility: true)),
        ("approvedMarketing", .reported(.approved, isUtility: false)),
        ("approvedUncategorised", .reported(.approved, isUtility: nil)),
        ("reinstated", .reported(.reinstated, isUtility: true)),
        ("unarchived", .reported(.unarchived, isUtility: true)),
        ("flagged", .reported(.flagged, isUtility: true)),
        ("flaggedMarketing", .reported(.flagged, isUtility: false)),
        ("pending", .reported(.pending, isUtility: true)),
        ("inAppeal", .reported(.inAppeal, isUtility: true)),
        ("rejected", .reported(.rejected, isUtility: true)), ("paused", .reported(.paused, isUtility: true)),
        ("disabled", .reported(.disabled, isUtility: true)),
        ("archived", .reported(.archived, isUtility: true)),
        ("deleted", .reported(.deleted, isUtility: true)),
        ("pendingDeletion", .reported(.pendingDeletion, isUtility: true)),
        ("limitExceeded", .reported(.limitExceeded, isUtility: true)),
        ("locked", .reported(.locked, isUtility: true)), ("unknown", .reported(.unknown, isUtility: true)),
    ]

    @Test func `moves exactly as its table says, and refuses every pair the table does not list`() throws {
        var rows: [String: (String, String)] = [:]
        for line in try lines("Tests/Vectors/templates/lifecycle.table") {
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == 4, "not four columns: \(line)")
            rows[words[0] + " " + words[1]] = (words[2], words[3])
        }
        for state in TemplateState.allCases {
            for (name, event) in Self.events {
                let row = rows.removeValue(forKey: state.rawValue + " " + name)
                let step = try? TemplateState.next(state, event)
                #expect(
                    step.map { $0.state == state ? "=" : $0.state.rawValue } == row?.0, "\(state) \(name)")
                let effects = step?.effects.map(\.rawValue).joined(separator: ",")
                #expect(effects.map { $0.isEmpty ? "-" : $0 } == row?.1, "\(state) \(name)")
            }
        }
        #expect(rows.isEmpty, "the table names what does not exist: \(rows.keys.sorted())")
        let words = Self.events.compactMap { if case .reported(let word, _) = $0.1 { word } else { nil } }
        #expect(Set(words) == Set(TemplateWord.allCases))
    }

    @Test func `is drawn in the README and stored under the words of the table's CHECK`() throws {
        let text = try lines("Services/Notifier/README.md").joined(separator: "\n")
        let folder = repositoryPath("Services/Notifier/Migrations")
        let file = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).first {
                $0.hasSuffix("_templates.sql")
            })
        let sql = try lines("Services/Notifier/Migrations/" + file).joined(separator: " ")
        let list = try #require(sql.firstRange(of: "check (state in ("))
        let words = sql[list.upperBound...].prefix { $0 != ")" }.split(separator: "'").map(String.init)
        #expect(
            Set(words.filter { $0.allSatisfy(\.isLetter) }) == Set(TemplateState.allCases.map(\.rawValue)))
        for state in TemplateState.allCases { #expect(text.contains(state.rawValue), "\(state)") }
    }

    @Test func `says of a send's refusal what Meta meant`() {
        #expect(TemplateEvent(sendCode: 132_001) == .absent)
        #expect(TemplateEvent(sendCode: 132_015) == .reported(.paused, isUtility: nil))
        #expect(TemplateEvent(sendCode: 132_016) == .reported(.disabled, isUtility: nil))
        #expect(TemplateEvent(sendCode: 131_026) == nil)
    }
}

@Suite struct `What templates are used and submitted` {
    private let now = Timestamp(seconds: 1_795_264_980)
    private let standard = TemplateCatalogue.standard

    private func record(_ name: String, _ state: TemplateState, _ language: String = "ro") -> TemplateRecord {
        var record = TemplateRecord(
            key: TemplateKey(name, language), state: state, stateAt: now.advanced(by: .seconds(-100)),
            activeAt: now.advanced(by: .seconds(-100)))
        record.templateId = "77"
        return record
    }

    private func table(_ records: [TemplateRecord]) -> [TemplateKey: TemplateRecord] {
        Dictionary(records.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
    }

    private func chosen(_ records: [TemplateRecord]) -> String? {
        standard.usable(table(records), now: now).approved("payment_paid", locale: .ro).map {
            $0.name + "." + $0.language
        }
    }

    @Test func `is the first wording, its spare, another language, or none`() {
        #expect(chosen([]) == "payment_paid.ro")
        var records = [record("payment_paid", .paused)]
        #expect(chosen(records) == "payment_paid_2.ro")
        records.append(record("payment_paid_2", .recategorised))
        #expect(chosen(records) == "payment_paid.en")
        records += [record("payment_paid", .rejected, "en")]
        #expect(chosen(records) == "payment_paid_2.en")
        records += [record("payment_paid_2", .missing, "en")]
        #expect(chosen(records) == nil)
        records[0].state = .flagged
        #expect(chosen(records) == "payment_paid.ro")
    }

    @Test func `is not one whose words the account has changed so that our values do not fit`() {
        var changed = record("payment_paid", .approved)
        changed.accountBody = "Ați primit {{1}} pe {{2}} pentru {{3}} astăzi"
        #expect(chosen([changed]) == "payment_paid.ro")
        changed.accountBody = "Ați primit {{1}} astăzi"
        #expect(chosen([changed]) == "payment_paid_2.ro")
    }

    @Test func `is the spare once when it has rested for half a year, so that it is never archived`() {
        var spare = record("payment_paid_2", .approved)
        spare.activeAt = now.advanced(by: .zero - TemplateCatalogue.restMax - .seconds(1))
        #expect(chosen([record("payment_paid", .approved), spare]) == "payment_paid_2.ro")
        spare.activeAt = now
        #expect(chosen([record("payment_paid", .approved), spare]) == "payment_paid.ro")
    }

    private func errands(_ records: [TemplateRecord], edits: Bool = false) -> [String] {
        TemplatePlan.errands(standard.all, table(records), editsChanged: edits, now: now).map {
            switch $0 {
            case .create(let definition): "create \(definition.name).\(definition.language)"
            case .edit(let definition, _): "edit \(definition.name).\(definition.language)"
            }
        }
    }

    @Test(arguments: TemplateState.allCases) func `is created where it is missing, and nowhere else`(
        state: TemplateState
    ) {
        #expect(
            errands([record("payment_paid", state)]) == (state == .missing ? ["create payment_paid.ro"] : []))
    }

    @Test func `is submitted again a day after Meta would not take it`() {
        var refused = record("payment_paid", .refused)
        refused.stateAt = now.advanced(by: .zero - TemplatePlan.refusedWait)
        #expect(errands([refused]) == ["create payment_paid.ro"])
    }

    @Test func `is edited when a person asks, once a day, and never together with its sibling`() {
        var first = record("payment_paid", .approved), spare = record("payment_paid_2", .approved)
        first.accountBody = "Ați primit {{1}} pe {{2}} pentru {{3}} astăzi"
        spare.accountBody = first.accountBody
        #expect(errands([first, spare]) == [])
        #expect(errands([first, spare], edits: true) == ["edit payment_paid.ro"])
        first.editedAt = now.advanced(by: .seconds(-3_600))
        #expect(errands([first, spare], edits: true) == ["edit payment_paid_2.ro"])
        first.state = .pending
        #expect(errands([first, spare], edits: true) == [], "in review, its sibling works for it")
        spare.state = .rejected
        #expect(errands([first, spare], edits: true) == ["edit payment_paid_2.ro"], "it does no work anyway")
    }

    @Test func `is touched before a year of silence`() {
        var first = record("payment_paid", .approved)
        first.activeAt = now.advanced(by: .zero - TemplatePlan.touchWait)
        #expect(errands([first, record("payment_paid_2", .approved)]) == ["edit payment_paid.ro"])
        #expect(errands([first]) == [], "without a sibling it is not risked")
    }

    @Test func `is submitted in an order in which money is told first`() {
        let order = standard.bySubmission.map(\.name)
        #expect(order.first == "payment_paid" && order.count == standard.all.count)
        #expect(order.firstIndex { $0.hasSuffix("_2") } == order.count / 2)
    }
}
