using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic;

/// <summary>A parsed script: every statement is known to be well formed before the first one runs.</summary>
public sealed class Script
{
    internal Script(string name, string text, IReadOnlyList<Statement> statements)
    {
        Name = name;
        Statements = statements.Select((s, i) => new ScriptStatement(this, i + 1, s, s.Span.TextIn(text))).ToList();
        Text = text;
    }

    /// <summary>Where the text came from: a path, or a word for it. Jobs are named by it.</summary>
    public string Name { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>The statements, in order.</summary>
    public IReadOnlyList<ScriptStatement> Statements { get; }
}

/// <summary>One statement of a script.</summary>
public sealed class ScriptStatement
{
    internal ScriptStatement(Script script, int number, Statement syntax, string text) => (Script, Number, Syntax, Text) = (script, number, syntax, text);

    /// <summary>The script.</summary>
    public Script Script { get; }

    /// <summary>Its place in the script; 1-based.</summary>
    public int Number { get; }

    /// <summary>As written, without its semicolon.</summary>
    public string Text { get; }

    /// <summary>Where it starts.</summary>
    public SourcePosition Position => Syntax.Position;

    internal Statement Syntax { get; }

    /// <summary>The name of a job that the statement runs as, when the user gave none: script and number.</summary>
    internal string DefaultJobName => $"{Script.Name}#{Number}";
}
