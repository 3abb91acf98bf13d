// Where commits are decided: an actor of the loop that reads the sockets and talks to the database. Its tasks call the
// connection without a turn of the loop in between, so the database is not left idle while answers are written.
import EventLoop

actor CommitDesk {
    private let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(on loop: EventLoop) { self.loop = loop }
}
