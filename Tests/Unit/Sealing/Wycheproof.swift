// Reads published vectors beside the repository. The files are not ours and not copied: without them the
// tests that need them say so and pass.
import FoundationEssentials

/// One file of the collection: groups of cases, decoded leniently, since each algorithm has its own members.
struct Wycheproof: Decodable {
    struct Group: Decodable {
        let ivSize: Int?
        let keySize: Int?
        let tagSize: Int?
        let publicKeyDer: String?
        let publicKeyPem: String?
        let tests: [Case]
    }
    struct Case: Decodable {
        let tcId: Int
        let key, iv, aad, msg, ct, tag, sig: String?
        let result: String
    }
    let testGroups: [Group]

    static func load(_ name: String) -> Wycheproof? {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "../shared/vectors/wycheproof/\(name)")
        guard let data = try? Data(contentsOf: file) else {
            print("skipped, no vectors: \(name)")
            return nil
        }
        do { return try JSONDecoder().decode(Wycheproof.self, from: data) } catch {
            print("unreadable vectors: \(name)")
            return Wycheproof(testGroups: [])
        }
    }
}
