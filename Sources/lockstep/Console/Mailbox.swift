import Console
import Synchronization
import Terminal

/// Messages from other threads, in the order in which they came; posting ends the loop's wait.
final class Mailbox: Sendable {
  private let messages = Mutex<[Message]>([])
  private let wakeHandle: WakeHandle

  init(wakeHandle: WakeHandle) { self.wakeHandle = wakeHandle }

  /// Adds a message; returns at once.
  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    wakeHandle.wake()
  }

  /// Takes all messages.
  func drain() -> [Message] {
    messages.withLock { messages in
      defer { messages.removeAll() }
      return messages
    }
  }
}
