// Who plays in the demo: one WhatsApp number, two banks, their merchants and the sellers. Data only,
// invented; the phone numbers lie in a range that no operator has handed out.
package import Money

/// The demo's people and banks.
package enum DemoCast {
    package static let phoneNumberId = "800000000000009"
    package static let displayPhoneNumber = "37369002773"
    package static let wabaId = "900000000000001"

    package struct Merchant: Sendable {
        package let merchantId: String
        package let name: String
        package let terminalId: String
        /// Requests to pay have a terminal of their own at miaPOS.
        package let requestTerminalId: String
        /// Paid by itself once its checkout page is opened, as the public test merchant of the real sandbox
        /// is.
        package let autoProgress: Bool
        /// The life of this merchant's links, where it is not the bank's standard.
        package var linkLifeSeconds: Int?
    }

    package struct Bank: Sendable {
        package let bankId: String
        package let name: String
        /// The broker's database.
        package let database: String
        package let merchants: [Merchant]
        package let sellers: [Seller]
    }

    package struct Seller: Sendable {
        package let posUserId: String
        package let phone: String
        package let locale: Language
        package let isBlocked: Bool
        package let merchantIds: [String]
    }

    package static let banks = [
        Bank(
            bankId: "moldbank", name: "Moldbank", database: "cap",
            merchants: [
                Merchant(
                    merchantId: "128", name: "Cafeneaua Veche", terminalId: "TE0001",
                    requestTerminalId: "TR0001", autoProgress: true),
                Merchant(
                    merchantId: "129", name: "Flori Moldova", terminalId: "TE0002",
                    requestTerminalId: "TR0002", autoProgress: false),
                // For stories of links that end while one watches.
                Merchant(
                    merchantId: "130", name: "Chioșcul Grăbit", terminalId: "TE0003",
                    requestTerminalId: "TR0003", autoProgress: false, linkLifeSeconds: 6),
            ],
            sellers: [
                Seller(
                    posUserId: "pos-ana", phone: "+37369000001", locale: .ro, isBlocked: false,
                    merchantIds: ["128"]),
                Seller(
                    posUserId: "pos-igor", phone: "+37369000002", locale: .ru, isBlocked: false,
                    merchantIds: ["129"]),
                Seller(
                    posUserId: "pos-max", phone: "+37369000003", locale: .en, isBlocked: true,
                    merchantIds: ["128"]),
                Seller(
                    posUserId: "pos-claire", phone: "+37369000004", locale: .fr, isBlocked: false,
                    merchantIds: ["129"]),
                Seller(
                    posUserId: "pos-kate", phone: "+37369000006", locale: .en, isBlocked: false,
                    merchantIds: ["128"]),
            ]),
        Bank(
            bankId: "codrubank", name: "Codrubank", database: "cap2",
            merchants: [
                Merchant(
                    merchantId: "310", name: "Librăria Codru", terminalId: "TE0101",
                    requestTerminalId: "TR0101", autoProgress: false)
            ],
            sellers: [
                Seller(
                    posUserId: "codru-7", phone: "+37369000002", locale: .ru, isBlocked: false,
                    merchantIds: ["310"]),
                Seller(
                    posUserId: "codru-9", phone: "+37369000005", locale: .de, isBlocked: false,
                    merchantIds: ["310"]),
            ]),
    ]

    /// A row of the phone picker: who may be played, in which language, and what is special.
    package struct Phone: Codable, Sendable {
        package var phone: String
        package var locale: Language
        package var what: String
    }

    package static let phones = [
        Phone(phone: "+37369000001", locale: .ro, what: "one merchant: Cafeneaua Veche"),
        Phone(phone: "+37369000002", locale: .ru, what: "two banks: Flori Moldova and Librăria Codru"),
        Phone(phone: "+37369000003", locale: .en, what: "blocked by the bank"),
        Phone(phone: "+37369000004", locale: .fr, what: "one merchant: Flori Moldova"),
        Phone(phone: "+37369000005", locale: .de, what: "one merchant: Librăria Codru"),
        Phone(phone: "+37369000006", locale: .en, what: "one merchant: Cafeneaua Veche"),
        Phone(phone: "+37369000099", locale: .en, what: "unknown to every bank"),
    ]
}
