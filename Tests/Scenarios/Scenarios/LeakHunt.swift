// Reads everything the stack printed while the scenarios ran and looks for what must never be there: the
// planted secrets and tokens, the sellers' phone numbers, the words of their messages.
import FoundationEssentials
import HTTPClient
import HTTPWire
import TillCtl

struct LeakHunt {
    let play: Play

    /// What was found, as `file: kind`; never the secret itself.
    func run() async throws -> [String] {
        var found: [String] = []
        let needles = try self.needles()
        for (name, text) in try await haystacks() {
            for (kind, needle) in needles where text.contains(needle) { found.append("\(name): \(kind)") }
        }
        return found
    }

    private func needles() throws -> [(String, String)] {
        let folder = play.stack.secrets.folder
        var needles: [(String, String)] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            for word in text.split(whereSeparator: { " \n\",:".contains($0) }) where word.utf8.count >= 32 {
                needles.append(("secret \(name)", String(word)))
            }
        }
        for phone in DemoCast.phones { needles.append(("a phone number", String(phone.phone.dropFirst()))) }
        for block in ["3736902", "3736903", "3736904", "3736905", "69111222", "69111333"] {
            needles.append(("an enlisted phone number", block))
        }
        for word in [
            "croissant", "#cafea", "fifty", "twice", "Bună ziua", "drop table", "Ion Rusu", "#cancel",
        ] {
            needles.append(("the words of a message", word))
        }
        return needles
    }

    private func haystacks() async throws -> [(String, String)] {
        var stacks: [(String, String)] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: play.stack.plan.logs)
        where name != "sandbox.log" {
            stacks.append(
                (name, try String(contentsOfFile: play.stack.plan.logs + "/" + name, encoding: .utf8)))
        }
        for key in StackPlan.offsets.map(\.key) where key != "sandbox" {
            stacks.append(
                ("metrics of \(key)", try await fetch(play.stack.plan.adminURL(key), "GET", "/metrics")))
            for (method, target) in [
                ("GET", "/nothing-here"), ("POST", "/webhooks/whatsapp"), ("POST", "/v1/payments"),
            ] {
                stacks.append(("errors of \(key)", try await fetch(play.stack.plan.url(key), method, target)))
            }
        }
        return stacks
    }

    private func fetch(_ base: String, _ method: String, _ target: String) async throws -> String {
        guard let url = HTTPURL(base) else { return "" }
        let request = ClientRequest(
            method: method, url: url, target: target, body: Array("{\"amount\":\"croissant\"}".utf8),
            answerBytesMax: 8 << 20)
        return String(
            decoding: try await play.tools.http.send(request, timeout: .seconds(5)).body, as: UTF8.self)
    }
}
