// An operator's lines and what is answered to them: read strictly, told in words that help.
import Contracts
import FoundationEssentials
import Notifier
import Testing
import WhatsApp
import World

@testable import TillCtl

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

    @Test func `names its certificate as a service does, by itself or by its surroundings`() throws {
        let set = [
            "TILL_TLS_CA_FILE": "/ca", "TILL_TLS_CERT_FILE": "/cert", "TILL_TLS_KEY_FILE": "/key",
        ]
        #expect(try read("messages list").tls == TLSFiles())
        let surrounded = try read("messages list", set).tls
        #expect(
            [surrounded.authorities, surrounded.certificate, surrounded.key] == ["/ca", "/cert", "/key"])
        let said = try read("templates diff --ca /a --cert /c --key /k", set).tls
        #expect([said.authorities, said.certificate, said.key] == ["/a", "/c", "/k"])
        #expect { try read("messages list --cert /c") } throws: { "\($0)".contains("together") }
        #expect { try said.context() } throws: { "\($0)".contains("TLS") }
    }

    @Test func `about a caller prints its digest and never its token`() throws {
        let folder =
            FileManager.default.temporaryDirectory.path() + "/till-callers-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let token = String(repeating: "ab", count: 32)
        try (token + "\n").write(toFile: folder + "/token", atomically: true, encoding: .utf8)
        try "short\n".write(toFile: folder + "/short", atomically: true, encoding: .utf8)
        let line = try Commands.callerLine(["digest", "notifier", folder + "/token"])
        // printf %s abab… | sha256sum
        #expect(line == "notifier sha256:271a413bd339c5709fdceaec41f14f11e9fbfb5042d72d331c65f32b284cd09a")
        #expect(!line.contains(token))
        for words in [
            ["digest", "notifier", folder + "/short"], ["digest", "notifier", folder + "/none"], ["digest"],
            ["digest", "no tifier", folder + "/token"], ["list", "notifier", folder + "/token"],
        ] {
            #expect(throws: OperatorRequest.Misread.self) { try Commands.callerLine(words) }
        }
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

@Suite struct `What an operator reads` {
    private let now = Timestamp(seconds: 1_795_264_980)

    private func view(_ id: String, _ reason: String?, ago: Duration) -> MessageView {
        let at = now.advanced(by: .zero - ago)
        return MessageView(
            messageId: id, status: .parked, kind: "outcome", channel: "template", reason: reason, attempts: 2,
            createdAt: at, updatedAt: at)
    }

    @Test func `is aligned, counts reasons, says what they mean and what to type`() {
        let items = [
            view("msg_long", "graph:131026", ago: .seconds(59)),
            view("msg_b", "answerNeverCame", ago: .seconds(7_320)),
            view("msg_c", "graph:131026", ago: .seconds(100_000)),
        ]
        let lines = OperatorText.messages(items, hasMore: false, state: "parked", now: now)
        #expect(lines[0] == "3 messages are parked, newest first:")
        #expect(lines[2] == "MESSAGE   REASON           KIND     TRIES  AGE   STOPPED   PAYMENT")
        #expect(lines[3] == "msg_long  graph:131026     outcome  2      59s   59s ago   -")
        #expect(lines[4] == "msg_b     answerNeverCame  outcome  2      2h2m  2h2m ago  -")
        #expect(lines[5] == "msg_c     graph:131026     outcome  2      1d3h  1d3h ago  -")
        #expect(lines[7].hasPrefix("graph:131026 (2): Meta will not deliver it"))
        #expect(lines[8].hasPrefix("answerNeverCame (1): It may have arrived"))
        #expect(lines.contains("Many: tillctl messages replay --reason graph:131026"))
        #expect(
            OperatorText.messages([], hasMore: false, state: "parked", now: now) == ["No message is parked."])
        let cut = OperatorText.messages(items, hasMore: true, state: "failed", now: now)
        #expect(cut[0] == "The newest 3 failed, newest first:")
        #expect(cut.contains("Many: tillctl messages replay --reason graph:131026 --state failed"))
    }

    @Test func `warns that a message is over before it is replayed in vain`() {
        var late = view("msg_a", "templateMissing", ago: .seconds(10))
        late.notAfter = now.advanced(by: .seconds(-1))
        #expect(OperatorText.message(late, now: now).contains { $0.contains("a replay would not be sent") })
    }

    @Test func `has advice for every reason that the notifier knows and every code of Meta's`() {
        let unknown = ReasonAdvice.words("somethingNew")
        let reasons: [MessageReason] = [
            .windowClosed, .templateMissing, .account(190), .graph(131_026), .attemptsExhausted(0),
            .attemptsExhausted(2), .answerNeverCame, .unreadableContent, .numberUnknown,
        ]
        for reason in reasons { #expect(ReasonAdvice.words(reason.text) != unknown, "\(reason)") }
        for code in GraphErrorReaction.table.keys { #expect(ReasonAdvice.words("graph:\(code)") != unknown) }
        #expect(ReasonAdvice.words("graph:137000").contains("Do not replay"))
    }

    @Test func `shows templates with what is wrong with them`() {
        var odd = TemplateView(
            wabaId: "9", name: "payment_paid", language: "ro", state: "rejected", isUsable: false,
            text: "Plata {{1}}")
        (odd.reason, odd.accountText) = ("SCAM", "Altceva {{1}}")
        let fine = TemplateView(
            wabaId: "9", name: "payment_paid", language: "en", state: "approved", isUsable: true,
            text: "Paid {{1}}")
        let list = TemplateList(
            items: [odd, fine],
            accounts: [TemplateAccountView(wabaId: "9", syncedAt: nil, failure: "graph:10")])
        let lines = OperatorText.templates(list, now: now)
        #expect(lines[0] == "account 9: never read, last look failed: graph:10")
        #expect(lines[1] == "1 of 2 templates are usable.")
        #expect(lines.contains { $0.hasPrefix("payment_paid  ro        rejected, changed  NO") })
        let diff = OperatorText.diff(list, now: now)
        #expect(
            diff.contains("payment_paid (ro): rejected, SCAM") && diff.contains("  account: Altceva {{1}}"))
        #expect(!diff.contains { $0.contains("(en)") })
        let clean = OperatorText.diff(TemplateList(items: [fine], accounts: []), now: now)
        #expect(clean.count == 1)
    }
}

@Suite struct `A line about a seller` {
    private let place = ["--broker", "http://127.0.0.1:8082", "--token-file", "/t"]

    @Test func `names the seller, the phone and the broker`() throws {
        let asked = try SellerRequest(
            ["sellers", "confirm", "pos-ana", "--phone", "+37369000001"] + place, environment: [:])
        #expect(asked.posUserId == "pos-ana" && asked.phone == "+37369000001")
        #expect(asked.broker == "http://127.0.0.1:8082" && asked.tokenFile == "/t")
        let local = ["sellers", "confirm", "codru-7", "--phone", "+37369000002", "--data", "/d"]
        let first = try SellerRequest(local, environment: [:])
        let second = try SellerRequest(
            local + ["--bank", "codrubank", "--port-base", "9000"], environment: [:])
        #expect(first.tokenFile == "/d/secrets/token-tillctl" && first.broker.hasPrefix("http://127.0.0.1:8"))
        #expect(second.broker.hasPrefix("http://127.0.0.1:90") && second.broker != first.broker)
    }

    @Test func `takes certificates from the line, else from the variables of every service`() throws {
        let line = ["sellers", "confirm", "pos-ana", "--phone", "+37369000001"] + place
        let variables = [
            "TILL_TLS_CA_FILE": "/e/ca", "TILL_TLS_CERT_FILE": "/e/cert", "TILL_TLS_KEY_FILE": "/e/key",
        ]
        let plain = try SellerRequest(line, environment: [:])
        #expect(plain.tls == TLSFiles())
        let told = try SellerRequest(line + ["--ca", "/ca"], environment: variables)
        #expect(
            told.tls.authorities == "/ca" && told.tls.certificate == "/e/cert" && told.tls.key == "/e/key")
        let typed = try SellerRequest(line + ["--cert", "/c", "--key", "/k"], environment: [:])
        #expect(typed.tls.authorities == nil && typed.tls.certificate == "/c" && typed.tls.key == "/k")
    }

    @Test(arguments: [
        ([], "is no command"), (["--phone", "+37369000001"], "id of the seller is missing"),
        (["a", "b", "--phone", "+37369000001"], "one seller at a time"), (["a"], "--phone takes"),
        (["a", "--phone", "069000001"], "--phone takes"), (["a", "--phone"], "--phone needs a value"),
        (["a/b", "--phone", "+37369000001"], "no id of a seller"),
        (["a", "--phone", "+37369000001", "--phone", "+37369000001"], "there twice"),
        (["a", "--phone", "+37369000001", "--bank", "moldbank"], "belong to --data"),
        (["a", "--phone", "+37369000001", "--data", "/d", "--bank", "none"], "--bank takes one of"),
        (["a", "--phone", "+37369000001", "--force"], "not understood"),
        (["a", "--phone", "+37369000001"], "say where the bank's broker is"),
        (["a", "--phone", "+37369000001", "--data", "/d", "--cert", "/c"], "needed together"),
    ]) func `that cannot be read is answered by a sentence`(words: [String], sentence: String) {
        let line = words.isEmpty ? ["sellers"] : ["sellers", "confirm"] + words
        #expect { try SellerRequest(line, environment: [:]) } throws: {
            ($0 as? OperatorRequest.Misread)?.description.contains(sentence) == true
        }
    }
}
