// What a merchant posts to /pay and to /request-to-pay/direct, checked in the order and refused in the words
// measured at the real sandbox. The bank's own reader, on purpose not the one our clients use.

import JSONWire

/// A refusal: HTTP 400 with this sentence. The number beside it means nothing at the bank.
package struct BankRefusal: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }

    static func field(_ name: String, _ value: String?, _ reason: String) -> BankRefusal {
        BankRefusal("Field '\(name)' with value '\(value ?? "null")' failed validation, reason - \(reason).")
    }
}

/// A payment that may be registered.
package struct BankPayRequest: Sendable, Equatable {
    package var terminalId: String
    package var orderId: String
    package var hundredths: Int64
    package var currency: String
    package var payDescription: String
    package var paymentType: String
    package var language: String
    package var callbackUrl: String?
    package var successUrl: String?
    package var failUrl: String?
    /// A request sent straight to the payer's phone, without a page.
    package var isDirect: Bool
    /// Whose phone rings, E.164.
    package var payerPhone: String?

    /// Checks a body against the merchant's terminals.
    package init(parsing body: [UInt8], direct: Bool, terminals: [BankMerchant.Terminal]) throws(BankRefusal)
    {
        let json: JSONValue
        do { json = try JSONValue(parsing: body, duplicates: .kept) } catch {
            throw BankRefusal("Required request body is missing or cannot be read")
        }
        guard case .object = json else {
            throw BankRefusal("Required request body is missing or cannot be read")
        }
        terminalId = try Self.text(json, "terminalId")
        orderId = try Self.text(json, "orderId")
        hundredths = try Self.amount(json["amount"])
        currency = try Self.text(json, "currency")
        guard currency.utf8.count == 3 else {
            throw .field("currency", currency, "size must be between 3 and 3")
        }
        payDescription = try Self.text(json, "payDescription")
        if direct {
            _ = try Self.text(json, "clientName")
            let phone = try Self.text(json, "clientPhone")
            guard phone.utf8.count == 8, phone.utf8.allSatisfy({ (48...57).contains($0) }) else {
                throw .field("clientPhone", "***", "must have 8 digits")
            }
            payerPhone = "+373" + phone
        }
        let asked = direct ? "rtp" : json["paymentType"]?.filledText ?? "qr"
        paymentType = asked.lowercased()
        guard paymentType == "qr" || paymentType == "rtp" else {
            throw .field("paymentType", asked, "must be one of [qr, rtp]")
        }
        let tongue = json["language"]?.filledText ?? "ro"
        language = tongue.lowercased()
        guard ["ro", "ru", "en"].contains(language) else {
            throw .field("language", tongue, "must be one of [ro, ru, en]")
        }
        callbackUrl = try Self.url(json, "callbackUrl")
        successUrl = try Self.url(json, "successUrl")
        failUrl = try Self.url(json, "failUrl")
        isDirect = direct
        guard let terminal = terminals.first(where: { $0.terminalId == terminalId }) else {
            throw BankRefusal("Pos terminal with id: [\(terminalId)] not found")
        }
        if paymentType == "rtp", terminal.type != "rtp" {
            throw BankRefusal(
                "The terminal type must be [rtp] when the payment type is [RTP]. "
                    + "Current terminal type: [\(terminal.type)].")
        }
    }

    private static func text(_ json: JSONValue, _ name: String) throws(BankRefusal) -> String {
        guard let value = json[name], !value.isNull else { throw .field(name, nil, "\(name) is required") }
        guard let text = value.textOrNumber, !text.isEmpty else {
            throw .field(name, "", "\(name) is required")
        }
        return text
    }

    private static func url(_ json: JSONValue, _ name: String) throws(BankRefusal) -> String? {
        guard let text = json[name]?.filledText else { return nil }
        guard text.hasPrefix("http://") || text.hasPrefix("https://"),
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { throw .field(name, text, "must be a valid URL") }
        return text
    }

    /// Digits with at most two decimals that count; `100`, `100.5`, `100.50`, `1e2`. No floating point
    /// touches it.
    private static func amount(_ value: JSONValue?) throws(BankRefusal) -> Int64 {
        guard let value, !value.isNull else { throw .field("amount", nil, "amount is required") }
        guard let text = value.textOrNumber, let number = JSONNumber(text) else {
            throw .field("amount", value.text ?? "?", "must be a number")
        }
        let lower = number.text.lowercased()
        let sides = lower.split(separator: "e", omittingEmptySubsequences: false)
        guard let exponent = sides.count == 1 ? 0 : Int(sides[1]), exponent.magnitude < 20 else {
            throw .field("amount", text, "numeric value out of bounds")
        }
        guard !lower.hasPrefix("-") else { throw .field("amount", text, "must be greater than 0") }
        let parts = sides[0].split(separator: ".", omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : ""
        var digits = Array(parts[0] + decimals), shift = exponent - decimals.count + 2
        while shift < 0 {
            guard (digits.popLast() ?? "0") == "0" else {
                throw .field("amount", text, "numeric value out of bounds (<15 digits>.<2 digits> expected)")
            }
            shift += 1
        }
        digits += Array(repeating: "0", count: shift)
        guard let hundredths = Int64(String(digits)), hundredths < 100_000_000_000_000_00 else {
            throw .field("amount", text, "numeric value out of bounds (<15 digits>.<2 digits> expected)")
        }
        guard hundredths > 0 else { throw .field("amount", text, "must be greater than 0") }
        return hundredths
    }
}
