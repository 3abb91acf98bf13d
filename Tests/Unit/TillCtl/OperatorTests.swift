// An operator's lines and what is answered to them: read strictly, told in words that help.
import Contracts
import FoundationEssentials
import Testing
import TillCtl
import World

@Suite struct `An operator's line` {
    private let place = ["--notifier", "http://n:1", "--token-file", "/t"]

    private func read(_ line: String, _ environment: [String: String] = [:]) throws -> OperatorRequest {
        try OperatorRequest(line.split(separator: " ").map(String.init) + place, environment: environment)
    }

    @Test func `is read as what it asks for`() throws {
        #expect(
            try read("messages list").ask
                == .listMessages(state: "parked", reason: nil, number: nil, limit: 100))
        #expect(
            try read("messages list --state failed --reason graph --number 8 --limit 5 --json").ask
                == .listMessages(state: "failed", reason: "graph", number: "8", limit: 5))
        #expect(try read("messages list --json").isJSON)
        #expect(try read("messages show msg_1").ask == .showMessage("msg_1"))
        #expect(try read("messages replay msg_1 msg_2").ask == .replayMessages(["msg_1", "msg_2"]))
        #expect(
            try read("messages replay --reason graph:131026 --limit 7").ask
                == .replayAll(state: "parked", reason: "graph:131026", number: nil, limit: 7))
        #expect(try read("templates list").ask == .listTemplates)
        #expect(try read("templates diff").ask == .diffTemplates)
        #expect(try read("templates sync").ask == .syncTemplates(edit: false))
        #expect(try read("templates sync --edit").ask == .syncTemplates(edit: true))
    }

    @Test(arguments: [
        ("messages", "is no command"), ("messages drop msg_1", "is no command"),
        ("messages list msg_1", "not understood"), ("messages list --state read", "--state takes one of"),
        ("messages list --limit 0", "--limit takes"), ("messages list --limit x", "--limit takes"),
        ("messages list --reason a --reason b", "there twice"), ("messages list --wrong", "not understood"),
        ("messages show", "is missing"), ("messages show 37369000001", "no id of a message"),
        ("messages replay", "--reason"), ("messages replay --state parked", "--reason"),
        ("messages replay msg_1 --reason graph", "no meaning here"),
        ("messages replay --reason x --state held --limit 1 --edit", "no meaning here"),
        ("messages replay --reason x --state expired", "--state takes one of"),
        ("templates sync --limit 3", "no meaning here"), ("templates list x", "not understood"),
    ])
    func `that is wrong is told what is wrong`(line: String, sentence: String) {
        #expect { try read(line) } throws: { "\($0)".contains(sentence) }
    }

    @Test func `says where the notifier is, by itself, by its surroundings or by a folder`() throws {
        let words = ["messages", "list"]
        #expect(throws: OperatorRequest.Misread.self) { try OperatorRequest(words, environment: [:]) }
        let set = ["TILL_NOTIFIER_URL": "http://m:2", "TILL_SERVICE_TOKEN_FILE": "/u"]
        let surrounded = try OperatorRequest(words, environment: set)
        #expect((surrounded.notifier, surrounded.tokenFile) == ("http://m:2", "/u"))
        let said = try read("messages list", set)
        #expect((said.notifier, said.tokenFile) == ("http://n:1", "/t"))
        let local = try OperatorRequest(
            words + ["--data", "/d", "--port-base", "9000"], environment: set)
        #expect((local.notifier, local.tokenFile) == ("http://127.0.0.1:9005", "/d/secrets/token-tillctl"))
        #expect(throws: OperatorRequest.Misread.self) {
            try OperatorRequest(words + ["--data", "/d", "--port-base", "x"], environment: [:])
        }
    }
}
