using System.Linq.Expressions;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using RowExpression = Arctic.Columnar.Expressions.Expression;

namespace Arctic.Iceberg.Filters;

/// <summary>A condition written as a lambda over a record.</summary>
internal sealed class LambdaFilter<T>(Expression<Func<T, bool>> condition) : Filter
{
    public override string ToString() => condition.ToString();

    internal override RowExpression Bind(Schema schema)
    {
        try
        {
            return new LambdaTranslator(schema, condition).Translate();
        }
        catch (ArcticException e) when (e.InnerException is not ArcticException)
        {
            throw new ArcticException(e.Code, $"The filter '{condition}' cannot be used: {e.Message}", e) { Hint = e.Hint };
        }
    }
}
