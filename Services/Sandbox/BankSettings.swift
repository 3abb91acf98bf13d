// Which merchants and terminals the fake banks serve. Test data only; the secrets here open nothing but this
// sandbox.

import JSONWire

/// One merchant with its terminals at one bank.
package struct BankMerchant: Sendable, Equatable {
    package struct Terminal: Sendable, Equatable {
        package var terminalId: String
        /// ecomm or rtp.
        package var type: String
        /// The life of its QR codes and requests; the bank's standard if nil.
        package var linkLife: Duration?

        package init(terminalId: String, type: String, linkLife: Duration? = nil) {
            self.terminalId = terminalId
            self.type = type
            self.linkLife = linkLife
        }
    }
    package var bankId: String
    package var merchantId: String
    package var secretKey: String
    package var name: String
    package var terminals: [Terminal]
    /// Opening the checkout page pays, as the shared test merchant of the public sandbox does.
    package var autoProgress: Bool

    package init(
        bankId: String, merchantId: String, secretKey: String, name: String, terminals: [Terminal],
        autoProgress: Bool
    ) {
        self.bankId = bankId
        self.merchantId = merchantId
        self.secretKey = secretKey
        self.name = name
        self.terminals = terminals
        self.autoProgress = autoProgress
    }

    /// Reads `{"merchants":[…]}`. Nil when the text is not that.
    package static func list(parsing bytes: [UInt8]) -> [BankMerchant]? {
        guard let json = try? JSONValue(parsing: bytes), let entries = json["merchants"]?.items else {
            return nil
        }
        var merchants: [BankMerchant] = []
        for entry in entries {
            guard let bank = entry["bankId"]?.filledText, let id = entry["merchantId"]?.textOrNumber,
                let key = entry["secretKey"]?.filledText
            else { return nil }
            let terminals = (entry["terminals"]?.items ?? []).compactMap { terminal -> Terminal? in
                guard let terminalId = terminal["terminalId"]?.filledText else { return nil }
                return Terminal(
                    terminalId: terminalId, type: terminal["type"]?.filledText ?? "ecomm",
                    linkLife: terminal["linkLifeSeconds"]?.int64.map { .seconds(max(1, $0)) })
            }
            merchants.append(
                BankMerchant(
                    bankId: bank, merchantId: id, secretKey: key, name: entry["name"]?.filledText ?? id,
                    terminals: terminals, autoProgress: entry["autoProgress"]?.bool ?? false))
        }
        return merchants
    }
}

/// How the fake banks behave.
package struct BankPace: Sendable {
    /// The life of a QR code; then the payment is EXPIRED.
    package var linkLife: Duration = .seconds(300)
    /// From opening the page to PENDING, for merchants that pay by themselves.
    package var autoPending: Duration = .seconds(5)
    /// From that PENDING to SUCCESS.
    package var autoSuccess: Duration = .seconds(10)
    /// From a payer's press of "pay" to SUCCESS, where it is pressed on the page.
    package var settle: Duration = .milliseconds(900)
    /// From registration to FAILED, for a currency that the rail does not carry.
    package var refusal: Duration = .seconds(1)

    package init() {}
}
