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
    public static Namespace Parse(string text) => new(text.Split('.'));

    /// <summary>The levels with dots between them.</summary>
    public override string ToString() => string.Join('.', Levels);
}

/// <summary>A table's name in a catalog.</summary>
public sealed record TableIdentifier(Namespace Namespace, string Name)
{
    /// <summary>Reads <c>namespace.table</c>; the last part is the table.</summary>
    public static TableIdentifier Parse(string text) =>
        text.LastIndexOf('.') is var dot and > 0 ? new(Namespace.Parse(text[..dot]), text[(dot + 1)..]) : new(Namespace.Root, text);

    /// <summary><c>namespace.table</c>.</summary>
    public override string ToString() => Namespace.Levels.Count == 0 ? Name : $"{Namespace}.{Name}";
}
