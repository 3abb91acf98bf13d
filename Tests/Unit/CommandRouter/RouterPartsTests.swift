// The parts around the decision: keys, pauses, configuration, the schema it was written against.
import Lifecycle
import Money
import Postgres
import Sealing
import Testing
import World

@testable import CommandRouter

@Suite struct `An idempotency key` {
    @Test func `is the same for the same message and tells nothing of it`() {
        // A wamid is base64 around the sender's phone number.
        let key = MessageDesk.key("800000000000009", "wamid.HBgLMzczNjkwMDAwMDEVAgASGBQzQQ==")
        #expect(key == MessageDesk.key("800000000000009", "wamid.HBgLMzczNjkwMDAwMDEVAgASGBQzQQ=="))
        #expect(key != MessageDesk.key("800000000000008", "wamid.HBgLMzczNjkwMDAwMDEVAgASGBQzQQ=="))
        #expect(key.hasPrefix("in_") && key.utf8.count == 67)
        #expect(!key.contains("wamid") && !key.contains("HBgL"))
    }
}

@Suite struct `The router's configuration` {
    @Test func `names each variable once`() {
        let names = CommandRouterConfig.keys.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains("TILL_GATEWAY_URL") && names.contains("TILL_SERVICE_TOKEN_FILE"))
    }

    @Test func `reports every problem at once`() {
        var environment = Environment(["TILL_GATEWAY_URL": "ftp://x", "TILL_ROUTER_CONCURRENCY": "0"])
        #expect {
            _ = try CommandRouterConfig(&environment)
        } throws: { error in
            let sentences = (error as? ConfigurationProblems)?.sentences ?? []
            return [
                "TILL_GATEWAY_URL", "TILL_NOTIFIER_URL", "TILL_ROUTER_CONCURRENCY", "TILL_SERVICE_TOKEN_FILE",
                "TILL_CONFIG_FILE",
            ]
            .allSatisfy { name in sentences.contains { $0.contains(name) } }
        }
    }
}

@Suite struct `The payer's page` {
    private func bank(_ languages: [String: String]?) -> BankEntry {
        BankEntry(
            bankId: "moldbank", name: "Moldbank", brokerUrl: "http://127.0.0.1:1",
            timeZone: "Europe/Chisinau",
            linkLifeSeconds: 300, minimumMinor: 1, maximumMinor: 100, checkoutLanguages: languages)
    }

    @Test func `speaks the merchant's language where till.json names one, else the seller's`() throws {
        let checkout = try CheckoutLanguages([bank(["m1": "ru", "m2": "en"]), bank(nil)])
        #expect(checkout.language(for: Till.Key(bankId: "moldbank", merchantId: "m1")) == .ru)
        #expect(checkout.language(for: Till.Key(bankId: "moldbank", merchantId: "m2")) == .en)
        #expect(checkout.language(for: Till.Key(bankId: "moldbank", merchantId: "m3")) == nil)
        #expect(checkout.language(for: Till.Key(bankId: "codrubank", merchantId: "m1")) == nil)
    }

    @Test func `is refused a language it does not speak, every one by name`() {
        #expect {
            _ = try CheckoutLanguages([bank(["m1": "fr", "m2": "ro", "m3": "klingon"])])
        } throws: { error in
            let sentences = (error as? ConfigurationProblems)?.sentences ?? []
            return sentences.count == 2 && sentences[0].contains("m1") && sentences[1].contains("m3")
        }
    }
}

@Suite struct `The router's schema` {
    @Test func `knows every language and only those`() {
        let sql = CommandRouterSchema.migrations.map(\.sql).joined()
        for language in Language.allCases { #expect(sql.contains("'\(language.rawValue)'")) }
        #expect(sql.contains("in ('ro', 'ru', 'en', 'fr', 'de')"))
        #expect(CommandRouterSchema.name == "router")
    }
}
