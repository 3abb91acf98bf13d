// What an operator asks of a running notifier, read from the words of a command line. Pure, so that every wrong line is
// answered by a sentence in a test and not by a surprise at night.

/// A `tillctl messages …` or `tillctl templates …` line.
package struct OperatorRequest: Sendable, Equatable {
    package enum Ask: Sendable, Equatable {
        case listMessages(state: String, reason: String?, number: String?, limit: Int)
        case showMessage(String)
        case replayMessages([String])
        case replayAll(state: String, reason: String, number: String?, limit: Int)
        case listTemplates
        case diffTemplates
        case syncTemplates(edit: Bool)
    }

    package var ask: Ask
    package var isJSON = false
    package var notifier: String
    package var tokenFile: String
    package var tls = TLSFiles()

    /// A sentence for whoever typed the line.
    package struct Misread: Error, Equatable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// Messages shown or replayed without a --limit.
    package static let limitStandard = 100
    package static let limitMax = 100_000
    package static let states = ["parked", "failed", "held", "unresolved", "expired", "queued", "sending"]
    package static let replayableStates = ["parked", "failed", "held"]

    package static let usage = """
        usage: tillctl messages list    [--state parked] [--reason R] [--number N] [--limit 100]
               tillctl messages show    MESSAGE
               tillctl messages replay  MESSAGE …
               tillctl messages replay  --reason R [--state parked] [--number N] [--limit 100]
               tillctl templates list | diff | sync [--edit]
        where: --notifier URL --token-file FILE   or TILL_NOTIFIER_URL and TILL_SERVICE_TOKEN_FILE
               --data DIR [--port-base 8080]      the stack of ./till up or ./till demo
               [--ca FILE] [--cert FILE --key FILE]  or TILL_TLS_CA_FILE, TILL_TLS_CERT_FILE, TILL_TLS_KEY_FILE:
                                                  whom to trust, and what to show a notifier that asks
               --json                             the notifier's own answer
               R is a reason as the list shows it, or its first word: graph is every graph:…

        """

    /// Reads the words behind `tillctl`. Throws `Misread`.
    package init(_ words: [String], environment: [String: String]) throws(Misread) {
        var words = Words(words)
        let topic = words.next() ?? ""
        let verb = words.next() ?? ""
        var options = Options()
        try options.read(&words)
        switch (topic, verb) {
        case ("messages", "list"):
            try options.mayHave(["state", "reason", "number", "limit"], ids: 0)
            ask = .listMessages(
                state: try options.word("state", Self.states), reason: options.values["reason"],
                number: options.values["number"], limit: try options.limit())
        case ("messages", "show"):
            try options.mayHave([], ids: 1)
            ask = .showMessage(options.ids[0])
        case ("messages", "replay"):
            ask = try Self.replay(options)
        case ("templates", "list"):
            try options.mayHave([], ids: 0)
            ask = .listTemplates
        case ("templates", "diff"):
            try options.mayHave([], ids: 0)
            ask = .diffTemplates
        case ("templates", "sync"):
            try options.mayHave(["edit"], ids: 0)
            ask = .syncTemplates(edit: options.flags.contains("edit"))
        case (_, _):
            throw Misread("tillctl \(topic) \(verb) is no command")
        }
        isJSON = options.flags.contains("json")
        (notifier, tokenFile) = try options.place(environment)
        tls = try TLSFiles(options.values, environment: environment)
    }

    private static func replay(_ options: Options) throws(Misread) -> Ask {
        guard options.ids.isEmpty else {
            try options.mayHave([], ids: options.ids.count)
            return .replayMessages(options.ids)
        }
        try options.mayHave(["state", "reason", "number", "limit"], ids: 0)
        guard let reason = options.values["reason"] else {
            throw Misread("replay needs the ids of messages, or --reason with one that `messages list` shows")
        }
        return .replayAll(
            state: try options.word("state", replayableStates), reason: reason,
            number: options.values["number"], limit: try options.limit())
    }
}

private struct Words {
    private var rest: ArraySlice<String>

    init(_ words: [String]) { rest = words[...] }

    mutating func next() -> String? { rest.popFirst() }
}

private struct Options {
    var values: [String: String] = [:]
    var flags: Set<String> = []
    var ids: [String] = []

    static let valued: Set<String> = [
        "state", "reason", "number", "limit", "notifier", "token-file", "data", "port-base", "ca", "cert",
        "key",
    ]
    static let plain: Set<String> = ["json", "edit"]
    static let everywhere: Set<String> = [
        "notifier", "token-file", "data", "port-base", "json", "ca", "cert", "key",
    ]

    mutating func read(_ words: inout Words) throws(OperatorRequest.Misread) {
        while let word = words.next() {
            guard word.hasPrefix("--") else {
                ids.append(word)
                continue
            }
            let name = String(word.dropFirst(2))
            if Self.plain.contains(name) {
                flags.insert(name)
            } else if Self.valued.contains(name) {
                guard let value = words.next(), !value.isEmpty else { throw .init("\(word) needs a value") }
                guard values.updateValue(value, forKey: name) == nil else {
                    throw .init("\(word) is there twice")
                }
            } else {
                throw .init("\(word) is not understood here")
            }
        }
    }

    func mayHave(_ names: Set<String>, ids count: Int) throws(OperatorRequest.Misread) {
        let others = Set(values.keys).union(flags).subtracting(names).subtracting(Self.everywhere)
        if let other = others.min() { throw .init("--\(other) has no meaning here") }
        if ids.count != count {
            throw .init(count == 0 ? "\(ids[0]) is not understood here" : "the id of a message is missing")
        }
        for id in ids where !id.hasPrefix("msg_") {
            throw .init("\(id) is no id of a message: they begin with msg_")
        }
    }

    func word(_ name: String, _ choices: [String]) throws(OperatorRequest.Misread) -> String {
        guard let value = values[name] else { return choices[0] }
        guard choices.contains(value) else {
            throw .init("--\(name) takes one of \(choices.joined(separator: ", "))")
        }
        return value
    }

    func limit() throws(OperatorRequest.Misread) -> Int {
        guard let text = values["limit"] else { return OperatorRequest.limitStandard }
        guard let limit = Int(text), (1...OperatorRequest.limitMax).contains(limit) else {
            throw .init("--limit takes a number from 1 to \(OperatorRequest.limitMax)")
        }
        return limit
    }

    /// Where the notifier is and who we are to it.
    func place(_ environment: [String: String]) throws(OperatorRequest.Misread) -> (String, String) {
        if let folder = values["data"] {
            let base = values["port-base"].map { Int($0) } ?? Commands.defaultPortBase
            guard let base, (1_024...65_000).contains(base) else {
                throw .init("--port-base takes a number from 1024 to 65000")
            }
            let plan = StackPlan(portBase: base, folder: folder)
            return (
                values["notifier"] ?? plan.url("notifier"),
                values["token-file"] ?? folder + "/secrets/token-tillctl"
            )
        }
        guard let notifier = values["notifier"] ?? environment["TILL_NOTIFIER_URL"],
            let tokenFile = values["token-file"] ?? environment["TILL_SERVICE_TOKEN_FILE"]
        else {
            throw .init(
                "say where the notifier is: --notifier URL and --token-file FILE, or --data DIR for a local stack"
            )
        }
        return (notifier, tokenFile)
    }
}
