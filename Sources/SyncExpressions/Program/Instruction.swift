import Directory

/// A step of a compiled expression.
///
/// It is twelve bytes without references, so that fetching one
/// costs no counting of references; what it means in `a` and `b` depends on the operation.
struct Instruction: Hashable, Sendable {
  /// What a step does.
  ///
  /// Values are pushed to and taken from the top of a stack.
  enum Operation: UInt8, Sendable {
    /// Pushes constant `a`.
    case constant
    /// Pushes the values of attribute `a`; of those that an import confirmed; their number. `b` says
    /// whether the program looks into the values.
    case attribute, imported, valueCount
    /// Pushes parameter `a`.
    case parameter
    /// Pushes variable `a`.
    case variable
    /// Pushes the moment of the evaluation.
    case now
    /// Takes `b` arguments and pushes function `a` of them.
    case call
    /// Takes two values and pushes operator `a` between them.
    case infix
    /// Takes a number and pushes its negative.
    case negate
    /// Looks at the top; if it decides operator `a`, goes on after the operator at `b`.
    case shortcut
    /// Takes the condition of an IIF; if false, goes on at `a`. A list with both kinds of truth is
    /// kept for the `merge` at `b`, and both branches are evaluated.
    case branch
    /// Ends the first branch of an IIF: goes on at the `merge` at `a` unless that has a list.
    case otherwise
    /// Ends an IIF; chooses per value if its condition was a list.
    case merge
    /// Takes `a` pairs of condition and value and pushes the first value whose condition holds.
    case choose
    /// Takes a text and pushes the failure that it tells, for `choose`.
    case failure
    /// Takes a value into variable `a`.
    case store
    /// Takes a list to go through with variable `a`; without values, goes on after the end at `b`.
    case select, filter
    /// Ends a round of the loop at `a`: back for the next value, or pushes the results.
    case next
  }

  var operation: Operation
  var a: Int32 = 0
  var b: Int32 = 0
}

/// A part of an expression's text, in bytes of UTF-8.
struct SourceRange: Hashable, Sendable {
  var start: Int32
  var end: Int32
}

/// A compiled expression: one flat sequence of steps, however deep the text was nested.
final class Program: Sendable {
  let instructions: [Instruction]
  /// Where in the text each instruction comes from.
  let sources: [SourceRange]
  let constants: [Value]
  let functions: [Function]
  let attributes: [AttributeName]
  let parameters: [String]
  /// The attributes into whose values the program looks.
  let inspected: Set<AttributeName>
  /// The one attribute that is handed on as it is, if the program gives that, nothing or an error.
  let handedOn: AttributeName?
  /// Whether the program gives one of several attributes as it is, nothing, or an error.
  let onlyHandsOn: Bool
  /// How many variables are alive at once.
  let variableCount: Int
  /// How high the stack gets, variables included.
  let stackDepth: Int

  init(_ builder: ProgramBuilder) {
    let use = ValueUse(builder)
    var instructions = builder.instructions
    for place in use.lookingIn { instructions[place].b = 1 }
    self.instructions = instructions
    inspected = Set(use.lookingIn.map { builder.attributes[Int(instructions[$0].a)] })
    handedOn = use.handedOn
    onlyHandsOn = use.onlyHandsOn
    sources = builder.sources
    constants = builder.constants
    functions = builder.functions
    attributes = builder.attributes
    parameters = builder.parameters
    variableCount = builder.variableCount
    stackDepth = builder.maximumDepth + builder.variableCount
  }
}
