// The bank's hosted payment page: a template and the payment's own texts, each escaped, because merchant,
// description and addresses are whatever somebody typed.

import JSONWire
import World

enum CheckoutPage {
    /// The page of a payment; `payment` nil gives the page that says so. `base` is the bank's path, empty at
    /// the root.
    static func html(_ payment: BankPayment?, bankName: String, base: String, byHand: Bool, now: Timestamp)
        -> [UInt8]
    {
        let copy = CheckoutCopy.of(payment?.language ?? "en")
        var values = [
            "lang": payment?.language ?? "en", "bankName": bankName, "initial": String(bankName.prefix(1)),
            "subtitle": copy.subtitle, "toLabel": copy.payTo, "payLabel": copy.pay,
            "declineLabel": copy.decline,
            "qrLabel": copy.qr, "footer": copy.footer, "now": String(now.microseconds / 1_000),
            "texts": texts(copy), "title": bankName, "verdict": copy.unknown,
        ]
        if let payment {
            let query = "?paymentId=" + payment.paymentId + (byHand ? "&manual=1" : "")
            values["title"] = bankName + " · " + payment.amountText + " " + payment.currency
            values["paymentId"] = payment.paymentId
            values["status"] = payment.status.rawValue
            values["expiresAt"] = String(payment.expiresAt.microseconds / 1_000)
            values["merchantName"] = payment.merchantName
            values["amount"] = payment.amountText
            values["currency"] = payment.currency
            values["description"] = payment.payDescription
            values["successUrl"] = payment.successUrl ?? ""
            values["failUrl"] = payment.failUrl ?? ""
            values["payAction"] = base + "/checkout/pay" + query
            values["declineAction"] = base + "/checkout/decline" + query
            values["verdict"] = copy.verdicts[payment.status.rawValue] ?? ""
            values["reference"] = payment.swiftMessageId ?? ""
        }
        return fill(String(decoding: PackageResources.checkout_html, as: UTF8.self), values)
    }

    private static func texts(_ copy: CheckoutCopy) -> String {
        var json = JSONWriter()
        json.object { texts in
            texts.member("left", copy.left)
            for (status, verdict) in copy.verdicts.sorted(by: { $0.key < $1.key }) {
                texts.member(status, verdict)
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// Replaces each `{{name}}`; one without a value becomes nothing. Inserted text is never searched again.
    private static func fill(_ template: String, _ values: [String: String]) -> [UInt8] {
        var out = "", rest = template[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            out += rest[..<open.lowerBound]
            out += escaped(values[String(rest[open.upperBound..<close.lowerBound])] ?? "")
            rest = rest[close.upperBound...]
        }
        return Array((out + rest).utf8)
    }

    /// For text and for attributes in double quotes.
    static func escaped(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
