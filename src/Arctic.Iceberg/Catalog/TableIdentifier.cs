using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Catalog;

/// <summary>A namespace: one name or several levels.</summary>
public sealed record Namespace(EquatableList<string> Levels)
{
    /// <summary>The root, which holds the top-level namespaces.</summary>
    public static readonly Namespace Root = new(EquatableList<string>.Empty);

    /// <summary>A namespace of these levels, outermost first.</summary>
    public Namespace(params IEnumerable<string> levels)
        : this(levels.ToEquatableList())
    {
    }

    /// <summary>Reads <c>a.b.c</c>.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: a level is empty.</exception>
    public static Namespace Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var levels = text.Split('.');
        return Array.TrueForAll(levels, l => l.Length > 0) ? new(levels) : throw TableIdentifier.NoName(text, "database");
    }

    /// <summary>The levels with dots between them.</summary>
    public override string ToString() => string.Join('.', Levels);
}

/// <summary>A table's name in a catalog.</summary>
public sealed record TableIdentifier(Namespace Namespace, string Name)
{
    /// <summary>Reads <c>namespace.table</c>; the last part is the table.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: a part is empty.</exception>
    public static TableIdentifier Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var dot = text.LastIndexOf('.');
        var name = text[(dot + 1)..];
        return Array.TrueForAll(text.Split('.'), p => p.Length > 0) ? new(dot < 0 ? Namespace.Root : Namespace.Parse(text[..dot]), name) : throw NoName(text, "table");
    }

    /// <summary>The error of a text with an empty part.</summary>
    internal static ArcticException NoName(string text, string what) =>
        new(ErrorCodes.InvalidStatement, $"'{text}' is no name of a {what}: a part of it is empty.") { Hint = "Write database.table, with as many levels before the table as there are." };

    /// <summary><c>namespace.table</c>.</summary>
    public override string ToString() => Namespace.Levels.Count == 0 ? Name : $"{Namespace}.{Name}";
}
