using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Catalog;

/// <summary>A namespace: one name or several levels.</summary>
internal sealed record Namespace(EquatableList<string> Levels)
{
    /// <summary>The root, which holds the top-level namespaces.</summary>
    public static readonly Namespace Root = new(EquatableList<string>.Empty);

    public Namespace(params IEnumerable<string> levels)
        : this(levels.ToEquatableList())
    {
    }

    /// <summary>Reads <c>a.b.c</c>.</summary>
    public static Namespace Parse(string text) => new(text.Split('.'));

    public override string ToString() => string.Join('.', Levels);
}

/// <summary>A table's name in a catalog.</summary>
internal sealed record TableIdentifier(Namespace Namespace, string Name)
{
    /// <summary>Reads <c>namespace.table</c>; the last part is the table.</summary>
    public static TableIdentifier Parse(string text) =>
        text.LastIndexOf('.') is var dot and > 0 ? new(Namespace.Parse(text[..dot]), text[(dot + 1)..]) : new(Namespace.Root, text);

    public override string ToString() => Namespace.Levels.Count == 0 ? Name : $"{Namespace}.{Name}";
}
