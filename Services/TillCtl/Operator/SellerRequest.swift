// What an operator asks of a running broker about a seller, read from the words of a command line. Pure, for the same
// reason as OperatorRequest.

/// A `tillctl sellers confirm …` line.
package struct SellerRequest: Sendable, Equatable {
    package var posUserId: String
    /// E.164 with its plus.
    package var phone: String
    package var broker: String
    package var tokenFile: String
    package var tls: TLSFiles

    package static let usage = """
        usage: tillctl sellers confirm SELLER --phone +37369000001
               the bank has made sure that this seller holds this phone: what waits for it goes out, and the seller
               may charge again
        where: --broker URL --token-file FILE
               --data DIR [--port-base 8080] [--bank moldbank]   the stack of ./till up or ./till demo
               [--ca FILE] [--cert FILE --key FILE]  or TILL_TLS_CA_FILE, TILL_TLS_CERT_FILE, TILL_TLS_KEY_FILE:
                                                     whom to trust, and what to show a broker that asks

        """

    /// Reads the words behind `tillctl`. Throws a sentence for whoever typed the line.
    package init(
        _ words: [String], environment: [String: String]
    ) throws(OperatorRequest.Misread) {
        guard words.starts(with: ["sellers", "confirm"]) else {
            throw .init(words.prefix(2).joined(separator: " ") + " is no command")
        }
        var values: [String: String] = [:]
        var sellers: [String] = []
        var rest = words.dropFirst(2)
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                sellers.append(word)
                continue
            }
            guard Self.options.contains(word) else { throw .init("\(word) is not understood here") }
            guard let value = rest.popFirst(), !value.isEmpty else { throw .init("\(word) needs a value") }
            guard values.updateValue(value, forKey: word) == nil else {
                throw .init("\(word) is there twice")
            }
        }
        guard sellers.count == 1 else {
            throw .init(sellers.isEmpty ? "the id of the seller is missing" : "one seller at a time")
        }
        posUserId = sellers[0]
        guard Self.isPlain(posUserId) else {
            throw .init("\(posUserId) is no id of a seller: 1 to 64 of A-Z a-z 0-9 . _ -")
        }
        guard let phone = values["--phone"], phone.hasPrefix("+"), (9...16).contains(phone.utf8.count),
            phone.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .init("--phone takes the phone that the bank has made sure of, with its plus") }
        self.phone = phone
        (broker, tokenFile) = try Self.place(values)
        tls = try TLSFiles(
            Dictionary(uniqueKeysWithValues: values.map { (String($0.key.dropFirst(2)), $0.value) }),
            environment: environment)
    }

    private static let options: Set<String> = [
        "--phone", "--broker", "--token-file", "--data", "--port-base", "--bank", "--ca", "--cert", "--key",
    ]

    private static func isPlain(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
                default: false
                }
            }
    }

    /// Where the broker is and who we are to it.
    private static func place(_ values: [String: String]) throws(OperatorRequest.Misread) -> (String, String)
    {
        guard let folder = values["--data"] else {
            if values["--port-base"] != nil || values["--bank"] != nil {
                throw .init("--port-base and --bank belong to --data")
            }
            guard let broker = values["--broker"], let tokenFile = values["--token-file"] else {
                throw .init(
                    "say where the bank's broker is: --broker URL and --token-file FILE, or --data DIR")
            }
            return (broker, tokenFile)
        }
        let base = values["--port-base"].map { Int($0) } ?? Commands.defaultPortBase
        guard let base, (1_024...65_000).contains(base) else {
            throw .init("--port-base takes a number from 1024 to 65000")
        }
        let banks = DemoCast.banks.map(\.bankId)
        guard let bank = banks.firstIndex(of: values["--bank"] ?? banks[0]) else {
            throw .init("--bank takes one of \(banks.joined(separator: ", "))")
        }
        let plan = StackPlan(portBase: base, folder: folder)
        return (
            values["--broker"] ?? plan.url(["capSvc", "capSvc2"][bank]),
            values["--token-file"] ?? folder + "/secrets/token-tillctl"
        )
    }
}
