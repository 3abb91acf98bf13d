// One stack in one data folder: whoever comes second would end the first one's PostgreSQL as a leftover, or clear its
// data away. The kernel lets go of the lock when the process ends, however it ends.
import Glibc
import Synchronization

/// A data folder that is this process's alone, until the process ends.
enum FolderLock {
    /// What this process has, which may start one stack after the other in it.
    private static let ours = Mutex<Set<String>>([])

    /// `folder` must exist. Throws `PostgresCluster.Failure` where another process has it.
    static func take(_ folder: String) throws {
        try ours.withLock { ours in
            guard !ours.contains(folder) else { return }
            // Closed by nobody: the lock is as long as the process.
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw PostgresCluster.Failure("\(folder) cannot be opened") }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw PostgresCluster.Failure(
                    "\(folder) belongs to a stack that is running; stop it, or take another --data")
            }
            ours.insert(folder)
        }
    }
}
