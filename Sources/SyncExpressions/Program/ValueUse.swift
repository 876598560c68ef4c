import Directory

/// What a program does with the values of attributes: a large attribute need not be loaded whole
/// for a program that only hands it on, or only asks whether it has a value.
///
/// The program is gone through once from start to end: whichever way it takes later, each step finds
/// the same on the stack.
struct ValueUse {
  /// The instructions that look into all values.
  private(set) var lookingIn: Set<Int> = []
  /// The one attribute that is handed on as it is, if the program gives that, nothing or an error.
  private(set) var handedOn: AttributeName?
  /// Whether the program gives one of several attributes as it is, nothing, or an error.
  private(set) var onlyHandsOn = false

  /// What stands on the stack.
  private struct Item {
    /// The instructions whose values it may be as they are.
    var reads: [Int] = []
    /// Whether it can be nothing else than those values.
    var isPlain = true

    static let made = Item(isPlain: false)
  }

  private var stack: [Item] = []

  init(_ builder: ProgramBuilder) {
    for (place, instruction) in builder.instructions.enumerated() {
      add(instruction, at: place, builder)
    }
    let result = stack.popLast() ?? Item()
    let names = Set(result.reads.map { builder.attributes[Int(builder.instructions[$0].a)] })
    onlyHandsOn = result.isPlain && !names.isEmpty
    if result.isPlain, names.count == 1 {
      handedOn = names.first
    } else {
      lookingIn.formUnion(result.reads)
    }
  }

  private mutating func add(
    _ instruction: Instruction, at place: Int, _ builder: ProgramBuilder
  ) {
    switch instruction.operation {
    case .constant:
      stack.append(Item(isPlain: builder.constants[Int(instruction.a)].isNull))
    case .attribute, .imported: stack.append(Item(reads: [place]))
    case .valueCount, .parameter, .variable, .now: stack.append(.made)
    case .call:
      let function = builder.functions[Int(instruction.a)]
      if function.asksPresence { stack.removeLast() } else { lookIn(Int(instruction.b)) }
      stack.append(function.neverReturns ? Item() : .made)
    case .infix:
      lookIn(2)
      stack.append(.made)
    case .negate:
      lookIn(1)
      stack.append(.made)
    case .branch, .store, .select, .filter: lookIn(1)
    case .merge: unite(with: stack.popLast() ?? Item())
    case .choose:
      var result = Item()
      for _ in 0..<instruction.a {
        let value = stack.popLast() ?? Item()
        lookIn(1)
        result.reads += value.reads
        result.isPlain = result.isPlain && value.isPlain
      }
      stack.append(result)
    case .failure:
      lookIn(1)
      stack.append(Item())
    case .next:
      lookIn(1)
      stack.append(.made)
    case .shortcut, .otherwise: break
    }
  }

  private mutating func unite(with other: Item) {
    guard let last = stack.indices.last else { return }
    stack[last].reads += other.reads
    stack[last].isPlain = stack[last].isPlain && other.isPlain
  }

  /// Takes as many items of which all values are looked at.
  private mutating func lookIn(_ count: Int) {
    for item in stack.suffix(count) { lookingIn.formUnion(item.reads) }
    stack.removeLast(min(count, stack.count))
  }
}
