namespace Arctic.Columnar.Expressions;

/// <summary>The functions behind the operators; pruning recognises calls by these instances. SQL's named functions live in <c>Arctic.Sql/Functions</c>.</summary>
public static partial class ScalarFunctions
{
}
