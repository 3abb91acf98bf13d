// Starting a named thread. The closure travels as one retained box, released by the thread that runs it.
import CLinux

enum Pthread {
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    @discardableResult
    static func start(name: String, _ run: @escaping @Sendable () -> Void) throws -> pthread_t {
        var thread = pthread_t()
        let body = unsafe Unmanaged.passRetained(Body(String(name.prefix(15)), run))
        let code = unsafe pthread_create(
            &thread, nil,
            { raw in
                let body = unsafe Unmanaged<Body>.fromOpaque(raw!).takeRetainedValue()
                _ = unsafe till_name_thread(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            unsafe body.release()
            throw SystemFailure.call("pthread_create", code: code)
        }
        return thread
    }
}
