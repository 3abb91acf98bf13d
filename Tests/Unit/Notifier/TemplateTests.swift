// The templates: that Meta would take them, and that the files for registration are the ones the program
// sends.
import Contracts
import FoundationEssentials
import Money
import Notifier
import Testing

@Suite struct `The payment templates` {
    @Test func `exist for every outcome in every language and break no rule of Meta's`() {
        let all = TemplateCatalogue.standard.all
        #expect(all.count == 2 * PaymentOutcome.Kind.allCases.count * Language.allCases.count)
        #expect(TemplateCatalogue.problems(all) == [])
        #expect(all.allSatisfy { $0.variables == ["1", "2", "3"] })
    }

    @Test func `lie in deploy as they are sent, one file each and nothing besides`() throws {
        let folder = repositoryPath("deploy/templates")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            $0.hasSuffix(".json")
        }
        let all = TemplateCatalogue.standard.all
        #expect(Set(files) == Set(all.map { "\($0.name).\($0.language).json" }))
        for template in all {
            let path = "\(folder)/\(template.name).\(template.language).json"
            let data = try Data(contentsOf: URL(filePath: path))
            #expect(try TemplateDefinition.decode(Array(data)) == template, "\(path)")
        }
    }

    @Test func `are kept for no longer than they are true, and money's for as long as Meta keeps it`() {
        for template in TemplateCatalogue.standard.all {
            let isPaid = TemplateCatalogue.family(template.name) == "payment_paid"
            #expect((template.sendTTLSeconds == nil) == isPaid)
        }
        let hasty = TemplateDefinition(
            name: "x", language: "en", body: "You were paid {{1}} today", samples: ["1"], sendTTLSeconds: 29)
        #expect(hasty.problems.count == 1)
    }

    @Test func `have a spare that says the same in other words`() throws {
        let standard = TemplateCatalogue.standard
        for language in Language.allCases {
            let first = try #require(standard.approved("payment_paid", locale: language))
            #expect((first.name, first.language) == ("payment_paid", language.rawValue))
            let rest = standard.keeping { $0 != first }
            let spare = try #require(rest.approved("payment_paid", locale: language))
            #expect((spare.name, spare.language) == ("payment_paid_2", language.rawValue))
            #expect(spare.body?.text != first.body?.text)
            // Before the other language's, since a person who reads it is worth more than its wording.
            let other = rest.keeping { $0 != spare }.approved("payment_paid", locale: language)
            #expect(other?.language == (language == .en ? nil : "en"))
            let rested = standard.keeping({ _ in true }, first: { $0 == spare })
            #expect(rested.approved("payment_paid", locale: language) == spare)
        }
    }

    @Test(arguments: [
        ("{{1}} was paid to you today", "the body starts with a variable"),
        ("You were paid today {{1}}", "the body ends with a variable"),
        ("You were paid {{1}}{{1}} today", "two variables touch"),
        ("Today {{1}}.", "no word in \".\""),
        ("Paid {{1}} now {{2}} ok", "too few words for its variables"),
        ("You were paid {{2}} today", "variables are not numbered 1, 2, 3 in order"),
        ("You were paid {{1}} today by someone called {{2}} here", "1 samples for 2 variables"),
        ("You were paid something today", "1 samples for 0 variables"),
    ])
    func `are refused before Meta can refuse them`(body: String, problem: String) {
        let made = TemplateDefinition(name: "x", language: "en", body: body, samples: ["1,00 MDL"])
        #expect(made.problems.contains(problem))
    }

    @Test func `are refused as a set when languages disagree or one is missing`() {
        let english = TemplateDefinition(
            name: "x", language: "en", body: "You were paid {{1}} today", samples: ["1,00 MDL"])
        var german = english
        german.language = "de"
        german.components[0].text = "Heute wurde Ihnen etwas bezahlt"
        #expect(TemplateCatalogue.problems([english]) == [])
        #expect(TemplateCatalogue.problems([english, english]) == ["x (en): defined twice"])
        #expect(
            TemplateCatalogue.problems([english, german]).contains(
                "x (de): another number of variables than the same template in another language"))
        var alone = english
        alone.language = "fr"
        #expect(TemplateCatalogue.problems([alone]) == ["x: not defined in en, the language to fall back to"])
    }
}
