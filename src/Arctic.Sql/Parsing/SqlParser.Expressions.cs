using System.Runtime.CompilerServices;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// Operators, by precedence (spec/flink-sql.md, 1.2).
internal sealed partial class SqlParser
{
    private const int OrPrecedence = 1;
    private const int AndPrecedence = 2;
    private const int NotPrecedence = 3;
    private const int IsPrecedence = 4;
    private const int ComparisonPrecedence = 5;
    private const int RangePrecedence = 6;
    private const int AdditionPrecedence = 7;
    private const int MultiplicationPrecedence = 8;

    private const string NestedTooDeeply = "The statement is nested too deeply.";

    private SqlExpression ParseExpression() => ParseExpression(OrPrecedence);

    private SqlExpression ParseExpression(int precedenceMin)
    {
        CheckDepth();
        var left = precedenceMin <= NotPrecedence && IsKeyword("NOT") ? ParseNot() : ParseUnary();
        while (ParseInfix(left, precedenceMin) is { } next)
        {
            left = next;
        }

        return left;
    }

    // A deep nesting must end in an error, not in a stack overflow.
    private void CheckDepth()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Error(Current, NestedTooDeeply);
        }
    }

    private SqlExpression ParseNot()
    {
        var start = Take();
        var operand = ParseExpression(NotPrecedence);
        return new SqlExpression.Unary(UnaryOperator.Not, operand, SpanFrom(start));
    }

    // The expression that an operator behind left makes; null when none of sufficient precedence follows.
    private SqlExpression? ParseInfix(SqlExpression left, int precedenceMin)
    {
        if (FindBinaryOperator() is var (binaryOperator, precedence) && binaryOperator is not null)
        {
            return precedence < precedenceMin ? null : ParseBinary(left, binaryOperator.Value, precedence);
        }

        if (IsKeyword("IS") && precedenceMin <= IsPrecedence)
        {
            return ParseIs(left);
        }

        return precedenceMin <= RangePrecedence ? ParseRangePredicate(left) : null;
    }

    private (BinaryOperator? Operator, int Precedence) FindBinaryOperator() => Current switch
    {
        { Keyword: "OR" } => (BinaryOperator.Or, OrPrecedence),
        { Keyword: "AND" } => (BinaryOperator.And, AndPrecedence),
        { Keyword: "OVERLAPS" } => (BinaryOperator.Overlaps, RangePrecedence),
        { Kind: TokenKind.Symbol, Text: "=" } => (BinaryOperator.Equal, ComparisonPrecedence),
        { Kind: TokenKind.Symbol, Text: "<>" } => (BinaryOperator.NotEqual, ComparisonPrecedence),
        { Kind: TokenKind.Symbol, Text: "<" } => (BinaryOperator.Less, ComparisonPrecedence),
        { Kind: TokenKind.Symbol, Text: "<=" } => (BinaryOperator.LessOrEqual, ComparisonPrecedence),
        { Kind: TokenKind.Symbol, Text: ">" } => (BinaryOperator.Greater, ComparisonPrecedence),
        { Kind: TokenKind.Symbol, Text: ">=" } => (BinaryOperator.GreaterOrEqual, ComparisonPrecedence),
        { Kind: TokenKind.Symbol, Text: "+" } => (BinaryOperator.Plus, AdditionPrecedence),
        { Kind: TokenKind.Symbol, Text: "-" } => (BinaryOperator.Minus, AdditionPrecedence),
        { Kind: TokenKind.Symbol, Text: "*" } => (BinaryOperator.Multiply, MultiplicationPrecedence),
        { Kind: TokenKind.Symbol, Text: "/" } => (BinaryOperator.Divide, MultiplicationPrecedence),
        { Kind: TokenKind.Symbol, Text: "%" } => (BinaryOperator.Modulo, MultiplicationPrecedence),
        { Kind: TokenKind.Symbol, Text: "||" } => (BinaryOperator.Concatenate, MultiplicationPrecedence),
        _ => (null, 0),
    };

    private SqlExpression ParseBinary(SqlExpression left, BinaryOperator binaryOperator, int precedence)
    {
        var operatorToken = Take();
        if (precedence == ComparisonPrecedence && (IsKeyword("ANY") || IsKeyword("SOME") || IsKeyword("ALL")) && IsSymbol(1, "("))
        {
            return ParseQuantified(left, binaryOperator);
        }

        // NOT may stand on the right of AND and OR without parentheses.
        var right = ParseExpression(precedence + 1);
        return new SqlExpression.Binary(binaryOperator, left, right, left.Span.To(right.Span)) { OperatorSpan = operatorToken.Span };
    }

    private SqlExpression.Quantified ParseQuantified(SqlExpression left, BinaryOperator comparison)
    {
        var isAll = Take().Keyword == "ALL";
        TakeSymbol("(");
        var query = ParseQuery();
        TakeSymbol(")");
        return new SqlExpression.Quantified(left, comparison, isAll, query, SpanFrom(left));
    }

    private SqlExpression ParseIs(SqlExpression left)
    {
        var operatorToken = TakeKeyword("IS");
        var isNegated = TryKeyword("NOT");
        if (TryKeywords("DISTINCT", "FROM"))
        {
            var right = ParseExpression(IsPrecedence + 1);
            var distinct = isNegated ? BinaryOperator.IsNotDistinctFrom : BinaryOperator.IsDistinctFrom;
            return new SqlExpression.Binary(distinct, left, right, left.Span.To(right.Span)) { OperatorSpan = operatorToken.Span };
        }

        var test = TryKeyword("NULL") ? IsTest.Null
            : TryKeyword("TRUE") ? IsTest.True
            : TryKeyword("FALSE") ? IsTest.False
            : TryKeyword("UNKNOWN") ? IsTest.Unknown
            : TryKeyword("JSON") ? IsTest.Json
            : throw Unexpected();
        var hasKind = test == IsTest.Json && (TryKeyword("VALUE") || TryKeyword("OBJECT") || TryKeyword("ARRAY") || TryKeyword("SCALAR"));
        return new SqlExpression.Is(left, test, isNegated, SpanFrom(left)) { JsonKind = hasKind ? Previous.Keyword : "VALUE" };
    }

    // BETWEEN, IN, LIKE and SIMILAR TO, each perhaps with NOT before it; null when none follows.
    private SqlExpression? ParseRangePredicate(SqlExpression left)
    {
        var isNegated = IsKeyword("NOT") && Peek(1).Keyword is "BETWEEN" or "IN" or "LIKE" or "SIMILAR";
        switch (isNegated || !IsKeyword("NOT") ? Peek(isNegated ? 1 : 0).Keyword : "")
        {
            case "BETWEEN":
                _index += isNegated ? 2 : 1;
                return ParseBetween(left, isNegated);
            case "IN":
                _index += isNegated ? 2 : 1;
                return ParseIn(left, isNegated);
            case "LIKE":
                _index += isNegated ? 2 : 1;
                return ParseLike(left, LikeKind.Like, isNegated);
            case "SIMILAR":
                _index += isNegated ? 2 : 1;
                TakeKeyword("TO");
                return ParseLike(left, LikeKind.Similar, isNegated);
            default:
                return null;
        }
    }

    private SqlExpression.Between ParseBetween(SqlExpression left, bool isNegated)
    {
        var isSymmetric = TryKeyword("SYMMETRIC");
        if (!isSymmetric)
        {
            TryKeyword("ASYMMETRIC");
        }

        var low = ParseExpression(RangePrecedence + 1);
        TakeKeyword("AND");
        var high = ParseExpression(RangePrecedence + 1);
        return new SqlExpression.Between(left, low, high, isSymmetric, isNegated, SpanFrom(left));
    }

    private SqlExpression ParseIn(SqlExpression left, bool isNegated)
    {
        TakeSymbol("(");
        if (StartsQuery())
        {
            var query = ParseQuery();
            TakeSymbol(")");
            return new SqlExpression.InQuery(left, query, isNegated, SpanFrom(left));
        }

        var items = ParseList(ParseExpression);
        TakeSymbol(")");
        return new SqlExpression.InList(left, items, isNegated, SpanFrom(left));
    }

    private SqlExpression.Like ParseLike(SqlExpression left, LikeKind kind, bool isNegated)
    {
        var pattern = ParseExpression(RangePrecedence + 1);
        var escape = TryKeyword("ESCAPE") ? ParseExpression(RangePrecedence + 1) : null;
        return new SqlExpression.Like(left, pattern, escape, kind, isNegated, SpanFrom(left));
    }

    private SqlExpression ParseUnary()
    {
        if (!IsSymbol("-") && !IsSymbol("+"))
        {
            return ParsePostfix();
        }

        CheckDepth();
        var sign = Take();
        var operand = ParseUnary();
        var isMinus = sign.Text == "-";

        // The sign belongs to the literal: -2147483648 is an INT, and -(-2147483648) a BIGINT.
        return operand is SqlExpression.NumericLiteral number && isMinus
            ? number with { Text = number.Text[0] == '-' ? number.Text[1..] : "-" + number.Text, Span = SpanFrom(sign) }
            : new SqlExpression.Unary(isMinus ? UnaryOperator.Minus : UnaryOperator.Plus, operand, SpanFrom(sign));
    }

    // Element and field access.
    private SqlExpression ParsePostfix()
    {
        var operand = ParsePrimary();
        while (true)
        {
            if (IsSymbol("["))
            {
                _index++;
                var index = ParseExpression();
                TakeSymbol("]");
                operand = new SqlExpression.ElementAccess(operand, index, SpanFrom(operand));
            }
            else if (operand is not SqlExpression.NumericLiteral && IsSymbol("."))
            {
                _index++;
                operand = TrySymbol("*")
                    ? new SqlExpression.RowStar(operand, SpanFrom(operand))
                    : new SqlExpression.FieldAccess(operand, ParseIdentifier(), SpanFrom(operand));
            }
            else
            {
                return operand;
            }
        }
    }
}
