// The operator's command. Arguments are read here; what they ask for is in the library.
import FoundationEssentials
import Glibc
import TillCtl

func complain(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(2, bytes, bytes.count)
}

let usage = """
    usage: tillctl up     --data DIR [--port-base N]          the stack for other programs
           tillctl demo   --data DIR [--port-base N] [--fresh] the stack and a page to play with
           tillctl headless --data DIR [--port-base N] [--fresh] one story, then the end
           demo and headless take --story NAME; --story list prints the names, headless --story all plays all
           tillctl bench  stories --data DIR [--fresh] [--json] [--quick] 2,000 payments on a bad day, by the books
           tillctl bench  --data DIR [--fresh] [--json] [--quick] [--rows N]
                          [all|payments|webhooks|commits|http|peers|queue|conversations|growth|memory]
                                    the figures of this machine
           tillctl bench slow|restart --data DIR [--fresh] [--quick]
                                    a thousand slow peers; every service restarted under load
           tillctl provision --broker URL --token-file FILE --cast FILE [--ca FILE] [--cert FILE --key FILE]
                                    merchants and sellers into a cap-svc that runs
           tillctl callers digest NAME TOKEN-FILE
                                    the line that makes a caller known to who is called
           tillctl sellers confirm SELLER --phone +E164 …
                                    the bank has made sure who holds a seller's phone; `tillctl sellers` says how
           tillctl messages …       what stopped and why, and sending it again; `tillctl messages` says how
           tillctl templates …      what Meta thinks of the templates; `tillctl templates` says how

    """
var words = Array(CommandLine.arguments.dropFirst())
let command = words.isEmpty ? "" : words.removeFirst()
if ["messages", "templates"].contains(command) {
    exit(await Commands.operate([command] + words, complain: complain))
}
if command == "callers" {
    do { print(try Commands.callerLine(words)) } catch {
        complain("tillctl: \(error)\n" + Commands.callersUsage)
        exit(64)
    }
    exit(0)
}
if command == "sellers" { exit(await Commands.confirmSeller([command] + words, complain: complain)) }
let slash = CommandLine.arguments[0].lastIndex(of: "/")
var options = Commands.Options(
    folder: "", binaries: slash.map { String(CommandLine.arguments[0][..<$0]) } ?? "/usr/local/bin")
var bench = Commands.BenchOptions(), story = "", part = ""
/// Parts of `bench` that are judged, besides those that are measured.
let trials = ["stories", "slow", "restart"]
var broker = "", tokenFile = "", castFile = "", tlsFiles: [String: String] = [:]
while !words.isEmpty {
    let word = words.removeFirst()
    switch (word, words.first) {
    case ("--data", let value?):
        options.folder = value.hasPrefix("/") ? value : String(cString: getcwd(nil, 0)) + "/" + value
        words.removeFirst()
    case ("--port-base", let value?):
        guard let base = Int(value), (1_024...65_000).contains(base) else {
            complain("tillctl: --port-base takes a number from 1024 to 65000\n")
            exit(64)
        }
        options.portBase = base
        words.removeFirst()
    case ("--broker", let value?):
        broker = value
        words.removeFirst()
    case ("--token-file", let value?):
        tokenFile = value
        words.removeFirst()
    case ("--ca", let value?), ("--cert", let value?), ("--key", let value?):
        tlsFiles[String(word.dropFirst(2))] = value
        words.removeFirst()
    case ("--cast", let value?):
        castFile = value
        words.removeFirst()
    case ("--story", let value?):
        story = value
        words.removeFirst()
    case ("--fresh", _): options.isFresh = true
    case ("--json", _): bench.isJSON = true
    case ("--quick", _): bench.isQuick = true
    case ("--rows", let value?):
        guard let rows = Int(value), (1_000...1_000_000_000).contains(rows) else {
            complain("tillctl: --rows takes a number from 1000\n")
            exit(64)
        }
        bench.rows = rows
        words.removeFirst()
    case (let name, _)
    where command == "bench"
        && (trials.contains(name) || Commands.BenchKind(rawValue: name) != nil):
        guard part.isEmpty else {
            complain("tillctl: bench measures one part at a time, not \(part) and \(name)\n")
            exit(64)
        }
        part = name
        bench.kind = Commands.BenchKind(rawValue: name) ?? .all
    default:
        complain("tillctl: \(word) is not understood here\n" + usage)
        exit(64)
    }
}
if story == "list" {
    print(StoryBook.list)
    exit(0)
}
let isComplete =
    command == "provision"
    ? ![broker, tokenFile, castFile].contains("")
    : command == "signature-server"
        ? options.portBase != nil
        : !options.folder.isEmpty && ["up", "demo", "headless", "bench"].contains(command)
guard isComplete else {
    complain(usage)
    exit(64)
}
do {
    switch command {
    case "up": try await Commands.up(options)
    case "demo":
        if !story.isEmpty { try Commands.checkStory(story) }
        try await Commands.demo(options, story: story.isEmpty ? nil : story)
    case "headless" where !story.isEmpty:
        try Commands.checkStory(story)
        try await Commands.headless(options, story: story)
    case "headless": try await Commands.headless(options)
    case "provision":
        try await Commands.provision(
            broker: broker, tokenFile: tokenFile, castFile: castFile,
            tls: try TLSFiles(tlsFiles, environment: ProcessInfo.processInfo.environment))
    case "bench" where part == "stories":
        try await Commands.badDays(options, isJSON: bench.isJSON, isQuick: bench.isQuick)
    case "bench" where part == "slow": try await Commands.benchSlow(options, isQuick: bench.isQuick)
    case "bench" where part == "restart": try await Commands.benchRestart(options, isQuick: bench.isQuick)
    case "signature-server": try await Commands.signatureServer(port: options.portBase ?? 0)
    default: try await Commands.bench(options, bench)
    }
} catch {
    complain("tillctl: \(error)\n")
    exit(1)
}
exit(0)
