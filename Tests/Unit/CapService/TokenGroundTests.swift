// Who gets a token for what: the whole table.
import Contracts
import Money
import Problem
import Testing

@testable import CapService

@Suite struct `A token request` {
    struct Case: Sendable {
        var status: SellerRecord.Status?
        var isBound = true
        var isDisabled = false
        var terminal = "TE0001"
        var pay: String?
    }

    static let cases = [
        Case(status: .active, pay: nil),
        Case(status: nil, pay: "SELLER_UNKNOWN"),
        Case(status: .blocked, pay: "SELLER_BLOCKED"),
        Case(status: .active, isBound: false, pay: "MERCHANT_UNKNOWN"),
        Case(status: .active, isDisabled: true, pay: "MERCHANT_DISABLED"),
        Case(status: .active, terminal: "TE0009", pay: "TERMINAL_UNKNOWN"),
        Case(status: .blocked, isBound: false, isDisabled: true, terminal: "TE0009", pay: "SELLER_BLOCKED"),
    ]

    @Test(arguments: cases) func `for paying is refused for the first reason, for looking never`(_ one: Case)
    {
        let ground = TokenGround(
            sellerStatus: one.status, isBound: one.isBound, isMerchantDisabled: one.isDisabled,
            terminals: [TerminalRecord(terminalId: "TE0001", paymentTypes: [.qr])], railMerchantId: "128",
            ecommBaseUrl: "http://b", secretVersion: 1, envelope: [])
        for purpose in TokenRequest.Purpose.allCases {
            let request = TokenRequest(
                posUserId: "s", merchantId: "128", terminalId: one.terminal, purpose: purpose)
            var code: String?
            do { try ground.check(request) } catch { code = error.code }
            #expect(code == (purpose == .pay ? one.pay : nil))
        }
    }
}

@Suite struct `What an operator writes` {
    private func refusal(_ body: () throws -> Void) -> String? {
        do { try body() } catch let problem as Problem { return problem.code + " " + problem.toUser } catch {
            return "?"
        }
        return nil
    }

    @Test func `is a phone in E.164 or nothing`() {
        for phone in ["+37369000001", "+14155552671", "+12345678"] {
            #expect(refusal { try AdminRules.check(phone: phone) } == nil)
        }
        for phone in [
            "", "+", "37369000001", "+0037369000001", "+373 69", "+1234567", "+1234567890123456",
            "+3736900000a",
        ] {
            #expect(
                refusal { try AdminRules.check(phone: phone) }?.hasPrefix("INVALID_PHONE") == true, "\(phone)"
            )
        }
    }

    @Test func `is a merchant that can be paid`() {
        let good = PutMerchant(
            name: "Flori", currency: .mdl, country: "MD",
            terminals: [TerminalRecord(terminalId: "TE0001", paymentTypes: [.qr])],
            ecommBaseUrl: "https://ecomm.bank.md", secretKey: "planted-secret")
        #expect(refusal { try AdminRules.check(good) } == nil)
        let changes: [(String, (inout PutMerchant) -> Void)] = [
            ("name", { $0.name = "" }), ("name", { $0.name = "a\nb" }), ("country", { $0.country = "md" }),
            ("ecommBaseUrl", { $0.ecommBaseUrl = "ftp://x" }), ("terminals", { $0.terminals = [] }),
            ("terminals", { $0.terminals += $0.terminals }),
            ("terminals", { $0.terminals[0].paymentTypes = [] }),
            ("terminalId", { $0.terminals[0].terminalId = "T;1" }), ("limits", { $0.limits.perPayment = 0 }),
            ("railMerchantId", { $0.railMerchantId = "a b" }), ("secretKey", { $0.secretKey = "" }),
            ("secretKey", { $0.secretKey = String(repeating: "planted", count: 1_000) }),
        ]
        for (field, change) in changes {
            var bad = good
            change(&bad)
            let text = refusal { try AdminRules.check(bad) }
            #expect(text?.contains("field \(field)") == true, "\(field)")
            #expect(text?.contains("planted") == false)
        }
    }

    @Test func `leaves no whole phone of a stranger in the trail`() {
        #expect(AuditEntry.masked(phone: "+37369000099") == "***99")
        #expect(AuditEntry.masked(phone: "1") == "***")
    }
}
