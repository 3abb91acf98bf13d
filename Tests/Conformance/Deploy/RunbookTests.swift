// A runbook that names a metric nobody counts sends an engineer looking for nothing, at night.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct `deploy runbooks` {
    @Test func `name only metrics that the programs have`() throws {
        let root = Repository.root()
        let text = try readText(root + "/deploy/runbooks/README.md")
        let named = Set(text.split { !($0.isLowercase || $0 == "_") }.filter { $0.hasPrefix("till_") })
        #expect(named.count > 5)
        var sources = ""
        for folder in ["Services", "Shared"] {
            for path in try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
            where path.hasSuffix(".swift") { sources += try readText("\(root)/\(folder)/\(path)") }
        }
        for name in named { #expect(sources.contains("\"\(name)\""), "\(name) is counted nowhere") }
    }
}
