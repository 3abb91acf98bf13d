// Finds the vectors by others beside the repository. They are read in place and never copied; a clone without
// them still passes, and says what it skipped.
import FoundationEssentials

enum VectorFolder {
    /// The files of one folder by name, or nil (with a line on stdout) where the folder is missing.
    static func files(_ name: String, from file: String = #filePath) -> [(name: String, bytes: [UInt8])]? {
        var root = URL(fileURLWithPath: file)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let folder = root.deletingLastPathComponent().appendingPathComponent("shared/vectors/\(name)")
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
            print("skipped, no vectors: \(name)")
            return nil
        }
        return names.sorted().compactMap { file in
            guard let data = try? Data(contentsOf: folder.appendingPathComponent(file)) else { return nil }
            return (file, [UInt8](data))
        }
    }
}
