using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// The part of a filter that pruning understands: conditions on single columns by field id, with values boxed as Iceberg's. Whatever is not understood
/// is <see cref="True"/>, so that a predicate holds for every row that the filter keeps, and perhaps for more. There is no NOT: it is pushed into the conditions.
/// </summary>
internal abstract record ScanPredicate
{
    private ScanPredicate()
    {
    }

    /// <summary>May hold for any row.</summary>
    public sealed record True : ScanPredicate
    {
        public static readonly True Instance = new();
    }

    /// <summary>Holds for no row.</summary>
    public sealed record False : ScanPredicate
    {
        public static readonly False Instance = new();
    }

    public sealed record And(ScanPredicate Left, ScanPredicate Right) : ScanPredicate;

    public sealed record Or(ScanPredicate Left, ScanPredicate Right) : ScanPredicate;

    /// <summary>A value compared with a constant; NULL never fulfils it.</summary>
    public sealed record Compare(int FieldId, PredicateOperator Operator, object Value) : ScanPredicate;

    /// <summary>A value equals one of several.</summary>
    public sealed record In(int FieldId, EquatableList<object> Values) : ScanPredicate;

    /// <summary>A text begins with another.</summary>
    public sealed record StartsWith(int FieldId, string Prefix) : ScanPredicate;

    public sealed record IsNull(int FieldId) : ScanPredicate;

    public sealed record IsNotNull(int FieldId) : ScanPredicate;

    /// <summary>Both hold, with constants folded.</summary>
    public static ScanPredicate Both(ScanPredicate left, ScanPredicate right) => (left, right) switch
    {
        (True, _) => right,
        (_, True) => left,
        (False, _) or (_, False) => False.Instance,
        _ => new And(left, right),
    };

    /// <summary>One holds, with constants folded.</summary>
    public static ScanPredicate Either(ScanPredicate left, ScanPredicate right) => (left, right) switch
    {
        (False, _) => right,
        (_, False) => left,
        (True, _) or (_, True) => True.Instance,
        _ => new Or(left, right),
    };

    /// <summary>The columns that conditions are on.</summary>
    public IEnumerable<int> FieldIds => this switch
    {
        And p => p.Left.FieldIds.Concat(p.Right.FieldIds),
        Or p => p.Left.FieldIds.Concat(p.Right.FieldIds),
        Compare p => [p.FieldId],
        In p => [p.FieldId],
        StartsWith p => [p.FieldId],
        IsNull p => [p.FieldId],
        IsNotNull p => [p.FieldId],
        _ => [],
    };
}

/// <summary>How a value is compared with a constant.</summary>
internal enum PredicateOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}
