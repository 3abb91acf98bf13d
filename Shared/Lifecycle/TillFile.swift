// till.json: which WhatsApp numbers and which banks this installation serves. Secrets are named by path,
// relative to the file's own folder, and only the service that needs one reads it.
import FoundationEssentials
import JSONWire
import HTTPWire
package import Sealing

/// The numbers and banks of one installation.
package struct TillFile: Sendable {
    package var numbers: [NumberEntry]
    package var banks: [BankEntry]
    private var folder: String

    private struct Document: Decodable {
        var numbers: [NumberEntry]
        var banks: [BankEntry]
    }

    /// Reads and checks the file. Throws every problem at once.
    package static func load(_ path: String) throws(ConfigurationProblems) -> TillFile {
        let document: Document
        do {
            let bytes = try Data(contentsOf: URL(filePath: path))
            // A limit written twice would be one of the two.
            try JSONScanner.check(Array(bytes), duplicates: .refused)
            document = try JSONDecoder().decode(Document.self, from: bytes)
        } catch {
            throw ConfigurationProblems(sentences: ["\(path) cannot be read as till.json: \(explain(error))"])
        }
        let slash = path.lastIndex(of: "/")
        let file = TillFile(
            numbers: document.numbers, banks: document.banks, folder: slash.map { String(path[..<$0]) } ?? "."
        )
        let problems = file.problems
        if !problems.isEmpty { throw ConfigurationProblems(sentences: problems) }
        return file
    }

    private static func explain(_ error: any Error) -> String {
        if let failure = error as? JSONFailure { return failure.description }
        guard let error = error as? DecodingError else { return "no such file, or not readable" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has the wrong type"
        default: return "not valid JSON"
        }
    }

    private var problems: [String] {
        var found: [String] = []
        if Set(numbers.map(\.phoneNumberId)).count != numbers.count {
            found.append("till.json names a number twice")
        }
        if Set(banks.map(\.bankId)).count != banks.count { found.append("till.json names a bank twice") }
        for number in numbers {
            for bank in number.banks where !banks.contains(where: { $0.bankId == bank }) {
                found.append("till.json: number \(number.phoneNumberId) names the unknown bank \(bank)")
            }
            if number.appSecretFiles.isEmpty {
                found.append("till.json: number \(number.phoneNumberId) has no appSecretFiles")
            }
        }
        for bank in banks {
            if HTTPURL(bank.brokerUrl) == nil {
                found.append("till.json: brokerUrl of \(bank.bankId) is not a URL")
            }
            let word = bank.bankId.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
            }
            let spans = [bank.linkLifeSeconds, bank.requestLifeSeconds ?? 1]
            let lives = spans + (bank.terminalLinkLifeSeconds ?? [:]).values
            if !lives.allSatisfy({ (1...5_184_000).contains($0) }) {
                found.append("till.json: links and requests of \(bank.bankId) live 1 s to 60 days")
            }
            let paces = [bank.sellerPaymentsPerMinute ?? 1, bank.merchantPaymentsPerMinute ?? 1]
            if !paces.allSatisfy({ (1...60_000).contains($0) }) {
                found.append("till.json: payments a minute at \(bank.bankId) are 1 to 60000")
            }
            if bank.bankId.isEmpty || !word { found.append("till.json: bankId takes a-z, 0-9 and - only") }
        }
        return found
    }

    /// The secret at `path` as till.json gives it. Throws a sentence that names the file, never its content.
    package func readSecret(_ path: String) throws(ConfigurationProblems) -> Secret {
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        do { return try Secret(file: whole) } catch {
            throw ConfigurationProblems(sentences: ["till.json names \(path), which cannot be read"])
        }
    }

    /// The bank of that id.
    package func bank(_ id: String) -> BankEntry? { banks.first { $0.bankId == id } }

    /// The number of that id.
    package func number(_ phoneNumberId: String) -> NumberEntry? {
        numbers.first { $0.phoneNumberId == phoneNumberId }
    }
}

/// One WhatsApp business number.
package struct NumberEntry: Codable, Sendable, Equatable {
    package var phoneNumberId: String
    /// Digits of the number as people dial it, without +.
    package var displayPhoneNumber: String
    package var wabaId: String
    /// ISO 3166-1 alpha-2.
    package var country: String
    package var timeZone: String
    /// The current app secret first, then those still accepted during rotation.
    package var appSecretFiles: [String]
    package var verifyTokenFile: String
    package var accessTokenFile: String
    /// Ids of the banks whose sellers write to this number, in the order in which they are asked.
    package var banks: [String]

    package init(
        phoneNumberId: String, displayPhoneNumber: String, wabaId: String, country: String, timeZone: String,
        appSecretFiles: [String], verifyTokenFile: String, accessTokenFile: String, banks: [String]
    ) {
        self.phoneNumberId = phoneNumberId
        self.displayPhoneNumber = displayPhoneNumber
        self.wabaId = wabaId
        self.country = country
        self.timeZone = timeZone
        self.appSecretFiles = appSecretFiles
        self.verifyTokenFile = verifyTokenFile
        self.accessTokenFile = accessTokenFile
        self.banks = banks
    }
}

/// One bank and its broker.
package struct BankEntry: Codable, Sendable, Equatable {
    package var bankId: String
    package var name: String
    /// Base URL of the bank's cap-svc.
    package var brokerUrl: String
    package var timeZone: String
    /// How long a payment link works at this bank's terminals.
    package var linkLifeSeconds: Int
    /// Minor units; the rail refuses less and more.
    package var minimumMinor: Int64
    package var maximumMinor: Int64
    /// The same where it differs: terminal ids to seconds.
    package var terminalLinkLifeSeconds: [String: Int]?
    /// How long a payer may answer a Request-to-Pay; an hour when absent.
    package var requestLifeSeconds: Int?
    /// Payments that one seller may open in a minute; 30 when absent.
    package var sellerPaymentsPerMinute: Int?
    /// The same for all sellers of one merchant together; 300 when absent.
    package var merchantPaymentsPerMinute: Int?
    /// The language of the payer's page, `ro`, `ru` or `en`, by merchantId, where it is not the seller's.
    package var checkoutLanguages: [String: String]?

    package init(
        bankId: String, name: String, brokerUrl: String, timeZone: String, linkLifeSeconds: Int,
        minimumMinor: Int64, maximumMinor: Int64, terminalLinkLifeSeconds: [String: Int]? = nil,
        requestLifeSeconds: Int? = nil, sellerPaymentsPerMinute: Int? = nil,
        merchantPaymentsPerMinute: Int? = nil, checkoutLanguages: [String: String]? = nil
    ) {
        self.bankId = bankId
        self.name = name
        self.brokerUrl = brokerUrl
        self.timeZone = timeZone
        self.linkLifeSeconds = linkLifeSeconds
        self.minimumMinor = minimumMinor
        self.maximumMinor = maximumMinor
        self.terminalLinkLifeSeconds = terminalLinkLifeSeconds
        self.requestLifeSeconds = requestLifeSeconds
        self.sellerPaymentsPerMinute = sellerPaymentsPerMinute
        self.merchantPaymentsPerMinute = merchantPaymentsPerMinute
        self.checkoutLanguages = checkoutLanguages
    }
}
